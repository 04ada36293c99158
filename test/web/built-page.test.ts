import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { calls } from '../../src/api/calls.ts'

/** What a browser loads before it shows the queue (issue: first load). */
const firstLoadBytesMax = 250 * 1_000

interface Chunk {
  readonly file: string
  readonly imports?: readonly string[]
  readonly dynamicImports?: readonly string[]
  readonly src?: string
}

const built = 'dist/web'
let manifest: Readonly<Record<string, Chunk>>

beforeAll(() => {
  execFileSync(process.execPath, ['src/web/build.ts'], { stdio: 'inherit' })
  manifest = JSON.parse(readFileSync(join(built, 'manifest.json'), 'utf8')) as typeof manifest
})

/** A chunk and all that it needs at once. */
function closure(key: string, found = new Set<string>()): Set<string> {
  if (found.has(key)) return found
  found.add(key)
  for (const each of manifest[key]?.imports ?? []) closure(each, found)
  return found
}

function gzipBytes(keys: Iterable<string>): number {
  const files = new Set([...keys].map((key) => manifest[key]?.file ?? '').filter((file) => file.endsWith('.js')))
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(built, file)), { level: 9 }).length, 0)
}

test('the first load, up to the queue, stays within 250 KB of compressed script in every language', () => {
  const early = closure('index.html')
  closure('queue/queue-page.tsx', early)
  const sizes = Object.fromEntries(
    ['en', 'de', 'pl', 'sv', 'he'].map((language) => [language, gzipBytes(closure(`texts/${language}.ts`, new Set(early)))]),
  )
  console.log('first load, bytes of compressed script:', sizes)
  expect(Object.entries(sizes).filter(([, bytes]) => bytes > firstLoadBytesMax)).toEqual([])
})

test('the page carries the calls of the API without the words that the documents need', () => {
  const scripts = [...closure('index.html')].map((key) => manifest[key]?.file ?? '').filter((file) => file.endsWith('.js'))
  const text = scripts.map((file) => readFileSync(join(built, file), 'utf8')).join('\n')
  expect(text).toContain(calls.readHealth.path)
  expect(Object.values(calls).filter(({ summary }) => summary.length > 20 && text.includes(summary))).toEqual([])
})

test('nobody loads the pages of administering, nor the other languages, who does not open them', () => {
  const early = closure('index.html')
  expect([...early].filter((key) => /^(?:admin|texts|history|account)\//.test(key) && /page\.tsx|texts\/\w\w\.ts$/.test(key))).toEqual([])
})

test('the page has no script in its HTML, and names nothing from elsewhere', () => {
  const html = readFileSync(join(built, 'index.html'), 'utf8')
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/)
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
})

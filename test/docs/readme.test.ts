/** The README tells what the code does. `LEADPOST_WRITE_DOCS=1 npx vitest run test/docs` writes its tables anew. */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { expect, test } from 'vitest'
import { allVerbs } from '../../src/verbs/all-verbs.ts'
import { parseArgsOptions } from '../../src/verbs/verb.ts'
import { readStories } from '../../src/verbs/stories.ts'
import { attacks } from './attacks.ts'
import { attacksTable, configurationTable, limitsTable, repliesTable, rolesTable, statesTable } from './tables.ts'

const tables = {
  configuration: configurationTable,
  states: statesTable,
  replies: repliesTable,
  limits: limitsTable,
  attacks: attacksTable,
  roles: rolesTable,
} as const

function section(name: string): RegExp {
  return new RegExp(`(<!-- begin: ${name} -->\n)([^]*?)(<!-- end: ${name} -->)`)
}

if (process.env['LEADPOST_WRITE_DOCS'] === '1') {
  let readme = readFileSync('README.md', 'utf8')
  for (const [name, make] of Object.entries(tables))
    readme = readme.replace(section(name), (_all, begin: string, _old, end: string) => `${begin}${make()}\n${end}`)
  writeFileSync('README.md', readme)
}

test.each(Object.entries(tables))('the table of %s is the one that the code makes', (name, make) => {
  expect(section(name).exec(readFileSync('README.md', 'utf8'))?.[2]).toBe(`${make()}\n`)
})

test('every story and every test that the table of attacks names is there', () => {
  const stories = new Set(readStories().map(({ name }) => name))
  const missing = attacks.flatMap(({ heldBy }) =>
    heldBy.filter((by) => (typeof by === 'string' ? !stories.has(by) : !readFileSync(by.file, 'utf8').includes(`('${by.test}'`))),
  )
  expect(missing).toEqual([])
})

test('every verb stands in the table of verbs', () => {
  const readme = readFileSync('README.md', 'utf8')
  expect(allVerbs.map(({ name }) => name).filter((name) => !new RegExp(`\\| \`${name}\\b`).test(readme))).toEqual([])
})

test('every command line shown in the README is one that the program understands', () => {
  const readme = readFileSync('README.md', 'utf8')
  const shown = [...readme.matchAll(/npm run --silent leadpost -- ([a-z][^\n`|#]*)/g)].map(([, words = '']) => words.trim().split(/\s+/))
  expect(shown.length).toBeGreaterThan(2)
  for (const [name, ...words] of shown) {
    const verb = allVerbs.find((candidate) => candidate.name === name)
    if (verb === undefined) throw new Error(`the README shows a verb "${name ?? ''}"`)
    parseArgs({ args: words, options: parseArgsOptions(verb), allowPositionals: true, strict: true })
  }
})

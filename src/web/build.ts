/**
 * Builds the page into dist/web where it is missing or older than its sources; says nothing where there is nothing to do.
 * Every file of text is laid beside itself compressed, so that serving costs no compression; `manifest.json` tells which file needs which.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const sources = join(root, 'src/web')
const built = join(root, 'dist/web')
const fresh = join(root, 'dist/web.new')
const stamp = join(built, '.sources.sha256')
const lock = join(root, 'dist/.building')
/** A build takes a few seconds: a lock this old was left by a process that died. */
const lockLapsesMs = 120_000
const pollMs = 100
/** Smaller files gain nothing by it. */
const compressedBytesMin = 1_024
const compressible = new Set(['.js', '.css', '.svg', '.json'])
const require = createRequire(import.meta.url)

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}

/** What the page depends on: its sources, what of the API it carries, and the versions of the packages. */
function wanted(): string {
  const hash = createHash('sha256')
  for (const file of [...filesBelow(sources), ...filesBelow(join(root, 'src/api')), join(root, 'package-lock.json')])
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

function upToDate(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted()
}

/** Takes the lock, or waits until whoever holds it is done. Answers whether it was taken. */
async function takeLock(): Promise<boolean> {
  mkdirSync(dirname(lock), { recursive: true })
  try {
    mkdirSync(lock)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const madeAt = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
  if (madeAt !== undefined && Date.now() - madeAt > lockLapsesMs) rmSync(lock, { recursive: true, force: true })
  else await wait(pollMs)
  return false
}

/** The page makes the calls, and shows what they are for nowhere. */
const withoutSummaries = {
  name: 'without-summaries',
  enforce: 'pre' as const,
  transform: (code: string, id: string): string | undefined =>
    id.endsWith('/src/api/calls.ts') ? code.replaceAll(/,\s*summary: '[^']*'/g, '') : undefined,
}

async function build(): Promise<void> {
  const sourcesNow = wanted()
  // Whoever calls (a test) may have another, and React's development build is three times as large.
  process.env['NODE_ENV'] = 'production'
  const { build: bundle } = await import('vite')
  const { default: react } = await import('@vitejs/plugin-react')
  rmSync(fresh, { recursive: true, force: true })
  await bundle({
    root: sources,
    configFile: false,
    logLevel: 'warn',
    plugins: [withoutSummaries, react()],
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: 'es2023',
      manifest: 'manifest.json',
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  })
  for (const file of filesBelow(fresh)) compress(file)
  writeFileSync(join(fresh, '.sources.sha256'), `${sourcesNow}\n`)
  rmSync(built, { recursive: true, force: true })
  renameSync(fresh, built)
}

function compress(file: string): void {
  const bytes = readFileSync(file)
  if (!compressible.has(extname(file)) || bytes.length < compressedBytesMin) return
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }))
}

/** In an installation without development packages the page came built. */
function canBuild(): boolean {
  try {
    require.resolve('vite')
    return true
  } catch {
    return false
  }
}

while (canBuild() && !upToDate()) {
  if (!(await takeLock())) continue
  try {
    if (!upToDate()) await build()
  } catch (error) {
    process.stderr.write(`the page could not be built: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
    break
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

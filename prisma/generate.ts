/**
 * Makes src/store/generated from prisma/schema.prisma where it is missing or older than the schema; says nothing where there is nothing to do.
 * The generator needs no schema engine, which Prisma's command line would download: a program that does nothing stands in for it.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const generated = join(root, 'src/store/generated')
const stamp = join(generated, 'schema.sha256')
const lock = join(root, 'src/store/.generating')
/** A generation takes a second or two: a lock this old was left by a process that died. */
const lockLapsesMs = 60_000
const pollMs = 50
const require = createRequire(import.meta.url)

/** What the generated client depends on: the schema and the version of its runtime. */
function wanted(): string {
  const schema = readFileSync(join(root, 'prisma/schema.prisma'))
  const runtime = readFileSync(require.resolve('@prisma/client/package.json'))
  return createHash('sha256').update(schema).update(runtime).digest('hex')
}

function upToDate(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === wanted()
}

/** Takes the lock, or waits until whoever holds it is done. Answers whether it was taken. */
async function takeLock(): Promise<boolean> {
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

function generate(): void {
  const nothing = ['/bin/true', '/usr/bin/true'].find((path) => existsSync(path)) ?? process.execPath
  const prisma = join(dirname(require.resolve('prisma/package.json')), 'build/index.js')
  try {
    execFileSync(process.execPath, [prisma, 'generate', '--no-hints'], {
      cwd: root,
      stdio: 'pipe',
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: nothing,
        PRISMA_HIDE_UPDATE_MESSAGE: '1',
        CHECKPOINT_DISABLE: '1',
        NO_COLOR: '1',
      },
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: Buffer; stderr?: Buffer }
    process.stderr.write(`prisma generate failed:\n${stdout?.toString() ?? ''}${stderr?.toString() ?? String(error)}\n`)
    process.exitCode = 1
    return
  }
  writeFileSync(stamp, `${wanted()}\n`)
}

while (!upToDate() && process.exitCode !== 1) {
  if (!(await takeLock())) continue
  try {
    if (!upToDate()) generate()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

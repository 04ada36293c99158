/**
 * Where the embedded Postgres lives and as whom. Postgres refuses to run as root: root starts it as the user nobody, in a folder that this
 * user can reach; everybody else starts it as himself, in DATA_DIR.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { PermanentFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'

/** As whom the server runs; null: as ourselves. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

const nobody: ServerUser = { uid: 65_534, gid: 65_534 }
/** For root, where neither DATA_DIR nor the packages can be reached by nobody (a home of mode 700). */
export const systemFolder = '/var/lib/leadpost'
/** A socket's path ends at 107 bytes (unix(7)); Postgres appends `/.s.PGSQL.5432.lock`. */
const socketFolderBytesMax = 107 - '/.s.PGSQL.5432.lock'.length

const temporaryPrefix = 'leadpost-socket-'
/** What mkdtemp(3) appends. */
const randomPartBytes = 6

export function serverUser(): ServerUser | null {
  return process.getuid?.() === 0 ? nobody : null
}

/** Makes `folder` and gives it to the server's user alone. */
export function ownFolder(folder: string, user: ServerUser | null): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (user !== null) chownSync(folder, user.uid, user.gid)
  chmodSync(folder, 0o700)
}

/** May `user` walk down to `path`? */
export function reaches(user: ServerUser | null, path: string): boolean {
  if (user === null) return true
  for (let at = realpathSync(path); ; at = dirname(at)) {
    const { uid, gid, mode } = statSync(at)
    const walks = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
    if ((mode & walks) === 0) return false
    if (at === dirname(at)) return true
  }
}

/**
 * The server's own folder for this DATA_DIR: `DATA_DIR/postgres`, or, where the server's user cannot get there, one under `systemFolder`
 * to which `DATA_DIR/postgres` then links. Throws PermanentFailure('dataFolderUnusable').
 */
export function serverFolder(dataDir: string, user: ServerUser | null, log: Log): string {
  const usual = join(dataDir, 'postgres')
  try {
    if (lstatSync(usual, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
      const target = readlinkSync(usual)
      ownFolder(target, user)
      return target
    }
    if (user !== null) letThrough(dataDir, user)
    if (reaches(user, dataDir)) {
      ownFolder(usual, user)
      return usual
    }
    const name = `${basename(dataDir)}-${createHash('sha256').update(realpathSync(dataDir)).digest('hex').slice(0, 12)}`
    const elsewhere = join(systemFolder, name)
    mkdirSync(systemFolder, { recursive: true, mode: 0o755 })
    ownFolder(elsewhere, user)
    symlinkSync(elsewhere, usual)
    log.info({ folder: elsewhere }, 'the database lives here: its user cannot reach DATA_DIR')
    return elsewhere
  } catch (error) {
    throw new PermanentFailure(
      'dataFolderUnusable',
      `The database's folder cannot be made in ${dataDir}: ${wordsOf(error)}. Set DATA_DIR to a folder that this user may write.`,
      {
        cause: error,
      },
    )
  }
}

/** DATA_DIR itself is ours: the server's group may walk through it, not list it. */
function letThrough(dataDir: string, user: ServerUser): void {
  const { uid, mode } = statSync(dataDir)
  if (uid !== process.getuid?.() || (mode & 0o001) !== 0) return
  chownSync(dataDir, uid, user.gid)
  chmodSync(dataDir, (mode & 0o777) | 0o010)
}

/**
 * A folder for the server's socket, which only the server's user (and root) may enter: its own where the path is short enough, else a temporary
 * one, to which its own then links, so that the next start finds and removes what a killed run left.
 */
export function socketFolder(home: string, user: ServerUser | null): { path: string; remove(): void } {
  const own = join(home, 'socket')
  if (lstatSync(own, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    const left = readlinkSync(own)
    if (basename(left).startsWith(temporaryPrefix)) rmSync(left, { recursive: true, force: true })
    rmSync(own)
  }
  if (Buffer.byteLength(own) <= socketFolderBytesMax) {
    ownFolder(own, user)
    return { path: own, remove: () => {} }
  }
  const parents = [tmpdir(), '/tmp'].filter(
    (each) => Buffer.byteLength(join(each, temporaryPrefix)) + randomPartBytes <= socketFolderBytesMax,
  )
  const parent = parents.find((each) => existsSync(each) && reaches(user, each))
  if (parent === undefined) {
    const words = `No folder is short enough for the database's socket: set TMPDIR or DATA_DIR to a shorter path than ${own}`
    throw new PermanentFailure('dataFolderUnusable', words)
  }
  const path = mkdtempSync(join(parent, temporaryPrefix))
  ownFolder(path, user)
  rmSync(own, { recursive: true, force: true })
  symlinkSync(path, own)
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true })
      rmSync(own, { force: true })
    },
  }
}

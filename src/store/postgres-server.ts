/** Runs one Postgres server as our child: makes its cluster, starts it, stops it, and clears away one that a killed run left behind. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, renameSync, rmSync, writeFileSync, chownSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { syncFolder } from './file-sync.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import type { ServerUser } from './server-place.ts'

/** After a crash it replays its log first, which may take a while. */
const startTimeoutMs = 300_000
const fastStopMs = 30_000
const hardStopMs = 5_000
const pollMs = 25
const stopSteps = [
  ['SIGINT', fastStopMs],
  ['SIGQUIT', hardStopMs],
  ['SIGKILL', hardStopMs],
] as const

export interface ServerProcess {
  /** Settles when the process has ended, whoever ended it. */
  readonly gone: Promise<void>
  /** Ends all sessions, writes a checkpoint, and returns once the process is gone. */
  stop(): Promise<void>
}

/** Makes the cluster where there is none: whole under another name first, so that a half-made one is never used. */
export async function makeCluster(options: {
  binaries: PostgresBinaries
  home: string
  user: ServerUser | null
  owner: string
  password: string
}): Promise<void> {
  const { binaries, home, user, owner, password } = options
  const cluster = join(home, 'cluster')
  if (existsSync(cluster)) return sameMajor(cluster, binaries)
  const making = join(home, 'cluster.new')
  const passwordFile = join(home, 'password.new')
  rmSync(making, { recursive: true, force: true })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user !== null) chownSync(passwordFile, user.uid, user.gid)
  const flags = ['-A', 'scram-sha-256', '-E', 'UTF8', '--locale-provider=builtin', '--locale=C.UTF-8', '--no-instructions']
  try {
    await promisify(execFile)(binaries.initdb, ['-D', making, '-U', owner, `--pwfile=${passwordFile}`, ...flags], {
      ...user,
      env: binaries.env,
      cwd: home,
    })
    renameSync(making, cluster)
    await syncFolder(home)
    await syncFolder(dirname(home))
  } catch (error) {
    const { stderr } = error as { stderr?: string }
    if (stderr?.includes('could not look up effective user ID') === true) {
      const words = `Postgres runs only for a user who has a name, and user ${String(user?.uid ?? process.getuid?.())} has none in /etc/passwd. Add him there, run as another user, or set DATABASE_URL.`
      throw new PermanentFailure('databaseUnusable', words, { cause: error })
    }
    throw new PermanentFailure('databaseUnusable', `The embedded database could not be made in ${home}: ${stderr ?? wordsOf(error)}`, {
      cause: error,
    })
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

function sameMajor(cluster: string, binaries: PostgresBinaries): void {
  const made = readFileSync(join(cluster, 'PG_VERSION'), 'utf8').trim()
  if (made === binaries.major) return
  const words = `The database in ${cluster} was made by Postgres ${made}, and this program brings Postgres ${binaries.major}. Dump it with the older program and load it into a new DATA_DIR.`
  throw new PermanentFailure('databaseUnusable', words)
}

/** Starts the server on `home`/cluster with its socket in `socket`, and returns once it takes connections. */
export async function runServer(options: {
  binaries: PostgresBinaries
  home: string
  user: ServerUser | null
  socket: string
  settings: Readonly<Record<string, string>>
  log: Log
}): Promise<ServerProcess> {
  const { binaries, home, user, socket, log } = options
  // A killed server's lock file names a process that may still be there as a zombie, or is another's by now. Nobody runs here: stopLeftServer.
  for (const name of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) rmSync(join(socket, name), { force: true })
  const settings = Object.entries(options.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  // A session of its own, so that Ctrl-C in a terminal stops the program, which then stops the server, and not both at once.
  const child = spawn(binaries.postgres, ['-D', join(home, 'cluster'), '-k', socket, '-c', 'listen_addresses=', ...settings], {
    ...user,
    env: binaries.env,
    cwd: home,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const { ready, words } = listen(child, log)
  const started = await Promise.race([ready.then(() => true), gone.then(() => false), wait(startTimeoutMs, false, { ref: false })])
  if (!started || child.pid === undefined) {
    child.kill('SIGQUIT')
    throw new PermanentFailure('databaseUnusable', `The embedded database did not start: ${words.join(' / ')}`)
  }
  const { pid } = child
  const guard = openGuard(pid, user)
  const onExit = (): void => signal(pid, 'SIGINT')
  process.once('exit', onExit)
  // From then on the number may be another process's.
  const ended = gone.then(() => {
    process.off('exit', onExit)
    guard.kill('SIGKILL')
    return true
  })
  return {
    gone,
    async stop() {
      for (const [name, limitMs] of stopSteps) {
        if (await Promise.race([ended, wait(0, false)])) return
        signal(pid, name)
        if (await Promise.race([ended, wait(limitMs, false, { ref: false })])) return
      }
    },
  }
}

/** The server's own words go to the log (it is told to write none that carry values); the last ones are kept to explain a failed start. */
function listen(child: ChildProcess, log: Log): { ready: Promise<void>; words: string[] } {
  const words: string[] = []
  const ready = Promise.withResolvers<void>()
  if (child.stderr === null) return { ready: ready.promise, words }
  const lines = createInterface({ input: child.stderr })
  lines.on('line', (line) => {
    const said = line.replace(/^.*?\b(?=LOG|FATAL|PANIC|HINT|DETAIL)/, '')
    // That a stop ends the sessions that are left is no news.
    if (/^(FATAL|PANIC)/.test(said) && !said.includes('administrator command')) log.warn({ postgres: said }, 'the embedded database says')
    else log.debug({ postgres: said }, 'the embedded database says')
    if (line.includes('database system is ready to accept connections')) ready.resolve()
    words.push(said)
    if (words.length > 5) words.shift()
  })
  return { ready: ready.promise, words }
}

/**
 * Stops the server should this process be killed outright: a shell waits on a pipe that the kernel closes at our end, however it comes.
 * Where there is no shell, the next start finds the server instead (`stopLeftServer`).
 */
function openGuard(pid: number, user: ServerUser | null): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0" 2>/dev/null', String(pid)], {
    ...user,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  guard.once('error', () => {})
  guard.stdin?.on('error', () => {})
  guard.unref()
  return guard
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // gone already
  }
}

/** Every process that works in the cluster's folder: the server and its sessions. */
function processesIn(cluster: string): number[] {
  const folder = realpathSync(cluster)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readlinkSync(`/proc/${name}/cwd`) === folder
      } catch {
        return false
      }
    })
    .map(Number)
}

/**
 * Stops a server that runs on this cluster though its program is gone (the caller holds the folder's lock, so nobody else is using it).
 * Throws TemporaryFailure where it does not end.
 */
export async function stopLeftServer(cluster: string, log: Log): Promise<void> {
  const pidFile = join(cluster, 'postmaster.pid')
  if (!existsSync(pidFile)) return
  const server = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
  if (processesIn(cluster).includes(server)) log.warn({ pid: server }, 'stopping a database that a killed run left behind')
  const begun = Date.now()
  for (let left = processesIn(cluster); left.length > 0; left = processesIn(cluster)) {
    const waitedMs = Date.now() - begun
    if (waitedMs > fastStopMs + hardStopMs) {
      throw new TemporaryFailure(
        'databaseUnavailable',
        `A database that a killed run left behind (process ${String(server)}) does not stop`,
      )
    }
    if (waitedMs > fastStopMs) for (const pid of left) signal(pid, 'SIGKILL')
    else if (left.includes(server)) signal(server, 'SIGINT')
    await wait(pollMs)
  }
  // Nobody is left in the folder: the file is stale, and its number may by now be another process's, which Postgres would take for itself.
  rmSync(pidFile, { force: true })
}

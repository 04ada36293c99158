/** The Postgres that the program brings along: found or made in DATA_DIR, started, and stopped with the program. One program per folder. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { PermanentFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { makeDataDir } from './data-dir.ts'
import { holdFolder, type HeldFolder } from './folder-lock.ts'
import { readyBinaries } from './postgres-binaries.ts'
import { makeCluster, runServer, stopLeftServer, type ServerProcess } from './postgres-server.ts'
import { serverFolder, serverUser, socketFolder } from './server-place.ts'

const owner = 'leadpost_owner'
/** Whom the program signs in as: no superuser, owner of no table (`admitLogin`). */
export const loginRole = 'leadpost'
const databaseName = 'leadpost'
const connectTimeoutMs = 15_000
/** Between two tries to start a server again that ended by itself. */
const firstWaitMs = 200
const longestWaitMs = 30_000

/** What the server is told; the rest is Postgres' own default. */
const settings: Readonly<Record<string, string>> = {
  max_connections: '100',
  shared_buffers: '128MB',
  max_wal_size: '1GB',
  random_page_cost: '1.1',
  // A fresh database must know soon what its tables look like: its first plans are kept until then (see the first migration).
  autovacuum_naptime: '2s',
  // Our statements are short: compiling one costs more than running it.
  jit: 'off',
  // And a second process for one of them takes a core from the others, and longer to start than most run.
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
  idle_in_transaction_session_timeout: '60s',
  // Error lines may quote values, and values are mail: LOG, FATAL and PANIC alone, and of those the first line.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_line_prefix: '',
}

export interface EmbeddedPostgres {
  /** For the program: signs in as `loginRole`. */
  readonly url: string
  /** For migrations: signs in as the owner. */
  readonly ownerUrl: string
  readonly loginPassword: string
  stop(): Promise<void>
}

/**
 * Starts the server of `dataDir`, making it at the first start. Throws PermanentFailure: `dataFolderHeld` (and by whom), `dataFolderUnusable`,
 * `databaseUnusable`. `settings` are added to the server's own.
 */
export async function startEmbeddedPostgres(options: {
  dataDir: string
  log: Log
  settings?: Readonly<Record<string, string>>
}): Promise<EmbeddedPostgres> {
  const { log } = options
  const dataDir = resolve(options.dataDir)
  makeDataDir(dataDir)
  const held = hold(dataDir)
  try {
    const user = serverUser()
    const home = serverFolder(dataDir, user, log)
    const cluster = join(home, 'cluster')
    if (existsSync(cluster)) await stopLeftServer(cluster, log)
    const binaries = await readyBinaries(home, user)
    const passwords = readPasswords(home, cluster)
    await makeCluster({ binaries, home, user, owner, password: passwords.owner })
    const socket = socketFolder(home, user)
    const start = async (): Promise<ServerProcess> =>
      await runServer({ binaries, home, user, socket: socket.path, settings: { ...settings, ...options.settings }, log })
    const urlOf = (name: string, password: string, database: string): string =>
      `postgresql://${name}:${password}@localhost/${database}?host=${encodeURIComponent(socket.path)}`
    try {
      const server = keepRunning(await start(), cluster, start, log)
      try {
        await makeDatabase(urlOf(owner, passwords.owner, 'postgres'))
      } catch (error) {
        await server.stop()
        throw error
      }
      return {
        url: urlOf(loginRole, passwords.login, databaseName),
        ownerUrl: urlOf(owner, passwords.owner, databaseName),
        loginPassword: passwords.login,
        async stop() {
          await server.stop()
          socket.remove()
          held.release()
        },
      }
    } catch (error) {
      socket.remove()
      throw error
    }
  } catch (error) {
    held.release()
    throw error
  }
}

/** Starts the server again, in the same place, whenever it ends without being told to. */
function keepRunning(first: ServerProcess, cluster: string, start: () => Promise<ServerProcess>, log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController()
  let server = first
  const again = async (): Promise<void> => {
    for (let waitMs = firstWaitMs; !stopping.signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      try {
        await stopLeftServer(cluster, log)
        server = await start()
        return
      } catch (error) {
        log.error({ words: wordsOf(error) }, 'the embedded database does not start again')
        await wait(waitMs, undefined, { ref: false, signal: stopping.signal }).catch(() => {})
      }
    }
  }
  const supervision = (async () => {
    for (;;) {
      await server.gone
      if (stopping.signal.aborted) return
      log.error('the embedded database ended by itself; starting it again')
      await again()
      if (stopping.signal.aborted) await server.stop()
    }
  })()
  return {
    async stop() {
      stopping.abort()
      await server.stop()
      await supervision
    },
  }
}

function hold(dataDir: string): HeldFolder {
  try {
    return holdFolder(join(dataDir, 'postgres.lock'), `The database in ${dataDir}`)
  } catch (error) {
    if (error instanceof PermanentFailure) throw error
    throw new PermanentFailure(
      'dataFolderUnusable',
      `DATA_DIR ${dataDir} cannot be written: ${wordsOf(error)}. Set DATA_DIR to a folder that this user may write.`,
      {
        cause: error,
      },
    )
  }
}

interface Passwords {
  readonly owner: string
  readonly login: string
}

/** Made once with the cluster, readable by the program's user alone: no other user of the machine gets in. */
function readPasswords(home: string, cluster: string): Passwords {
  const file = join(home, 'passwords.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Passwords
  if (existsSync(cluster))
    throw new PermanentFailure(
      'databaseUnusable',
      `${file} is missing: put it back from the backup, without it nobody can sign in to the database`,
    )
  const passwords = { owner: randomBytes(24).toString('hex'), login: randomBytes(24).toString('hex') }
  const making = `${file}.new`
  rmSync(making, { force: true })
  writeFileSync(making, JSON.stringify(passwords), { mode: 0o600, flush: true })
  renameSync(making, file)
  return passwords
}

async function makeDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectTimeoutMs })
  await client.connect()
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName])
    if (rowCount === 0) await client.query(`CREATE DATABASE ${databaseName}`)
  } finally {
    await client.end()
  }
}

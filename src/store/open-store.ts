/** Opens database and blobs for one process: the embedded Postgres or the one at DATABASE_URL, brought up to the program's migrations. */
import { resolve } from 'node:path'
import { isFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { openBlobStore, type BlobStore } from './blobs.ts'
import { makeDataDir } from './data-dir.ts'
import { openDatabase, type Database } from './database.ts'
import { loginRole, startEmbeddedPostgres } from './embedded-postgres.ts'
import { admitLogin } from './login-role.ts'
import { applyMigrations, pendingMigrations } from './migrations.ts'

/** How soon a database that was away at the start is asked again whether it needs migrations. */
const migrateAgainMs = 5_000

export interface Store {
  readonly database: Database
  readonly blobs: BlobStore
  /** Where the queue opens a pool of its own, and where a second process finds this database. */
  readonly queueConnection: { readonly url: string }
  close(): Promise<void>
}

export interface StoreOptions {
  readonly dataDir: string
  /** null: the embedded Postgres in `dataDir`. */
  readonly databaseUrl: string | null
  /** null: the disk, in `dataDir`. */
  readonly blobUrl: string | null
  readonly log: Log
  /** Apply what is due first; else the database is taken as it is. */
  readonly migrate: boolean
  /** Connections of this process, the queue's aside. */
  readonly connectionsMax?: number
}

/**
 * Throws PermanentFailure where the configuration, the data folder or the migrations stand in the way. A DATABASE_URL whose server is away is
 * no obstacle: mail is accepted without it, and the migrations are applied once it is back.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  makeDataDir(resolve(options.dataDir))
  const blobs = await openBlobStore({ dataDir: options.dataDir, url: options.blobUrl })
  const server = options.databaseUrl === null ? await openEmbedded(options) : await openGiven(options.databaseUrl, options)
  const { log, connectionsMax } = options
  const database = openDatabase({ url: server.url, log, ...(connectionsMax === undefined ? {} : { connectionsMax }) })
  return {
    database,
    blobs,
    queueConnection: { url: server.url },
    async close() {
      await database.close()
      await blobs.close()
      await server.close()
    },
  }
}

interface Server {
  readonly url: string
  close(): Promise<void>
}

async function openEmbedded(options: StoreOptions): Promise<Server> {
  const server = await startEmbeddedPostgres({ dataDir: options.dataDir, log: options.log })
  try {
    if (options.migrate) {
      await applyMigrations({ url: server.ownerUrl, log: options.log })
      await admitLogin({ ownerUrl: server.ownerUrl, login: loginRole, password: server.loginPassword })
    }
  } catch (error) {
    await server.stop()
    throw error
  }
  return { url: server.url, close: async () => await server.stop() }
}

async function openGiven(url: string, options: StoreOptions): Promise<Server> {
  if (!options.migrate) return { url, close: async () => {} }
  let closed = false
  let again: NodeJS.Timeout | undefined
  const retry = (): void => {
    again = setTimeout(() => {
      void tryToMigrate(url, options.log).then(
        (away) => (away === null || closed ? undefined : retry()),
        (error: unknown) => options.log.error({ words: wordsOf(error) }, 'the database cannot be migrated'),
      )
    }, migrateAgainMs).unref()
  }
  const away = await tryToMigrate(url, options.log)
  if (away !== null) {
    options.log.warn({ words: away.message }, 'the database is away; its migrations wait for it')
    retry()
  }
  return {
    url,
    async close() {
      closed = true
      clearTimeout(again)
      await Promise.resolve()
    },
  }
}

/** Null when the database is up to date, else why it cannot be reached. The user need not be the owner where nothing is due. */
async function tryToMigrate(url: string, log: Log): Promise<TemporaryFailure | null> {
  try {
    if ((await pendingMigrations({ url })).length > 0) await applyMigrations({ url, log })
    return null
  } catch (error) {
    if (isFailure(error) && error instanceof TemporaryFailure) return error
    throw error
  }
}

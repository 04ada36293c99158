/** The checks of `leadpost check` that need the store: database, migrations, queue, blobs. */
import { text } from 'node:stream/consumers'
import type { Config } from '../config.ts'
import { newId } from '../id.ts'
import type { Log } from '../log.ts'
import { openBell } from '../queue/bell.ts'
import { pendingMigrations } from '../store/migrations.ts'
import type { Store } from '../store/open-store.ts'
import { checkLine, type CheckLine } from './check-line.ts'

/** The features used stand in every supported release since (server_version_num). */
const postgresVersionMin = 150_000

export function checkDatabase(store: Store, config: Config): Promise<CheckLine> {
  const whose = config.databaseUrl === null ? 'the one in the data folder' : 'the one at DATABASE_URL'
  return checkLine('database', { state: 'fails', todo: 'Without it mail is accepted, but nothing is filed.' }, async () => {
    await store.database.ready()
    const [row] = await store.database.operatorSql((sql) =>
      sql.rows<{ version: string; number: string; user: string; unbound: boolean }>(
        `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number, session_user AS user,
           (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user) AS unbound`,
      ),
    )
    if (row === undefined) throw new Error('it answers nothing')
    const words = `Postgres ${row.version} answers (${whose})`
    if (Number(row.number) < postgresVersionMin) return { state: 'fails', words, todo: 'Postgres 15 or later is needed.' }
    if (!row.unbound) return words
    const todo =
      'Use a user that is neither superuser nor has BYPASSRLS: row-level security, which keeps tenants apart, does not bind this one.'
    return { state: 'warning', words: `${words}, but its user ${row.user} is above row-level security`, todo }
  })
}

export function checkMigrations(store: Store): Promise<CheckLine> {
  return checkLine('migrations', { state: 'fails', todo: 'See above.' }, async () => {
    const due = await pendingMigrations({ url: store.queueConnection.url })
    if (due.length === 0) return 'the schema is up to date'
    return { state: 'fails', words: `not applied yet: ${due.join(', ')}`, todo: 'Run leadpost migrate, or restart the program.' }
  })
}

export function checkQueue(store: Store, config: Config, log: Log): Promise<CheckLine> {
  const where = config.redisUrl === null ? 'Postgres' : 'Redis at REDIS_URL'
  const todo =
    'Mail is still accepted, and a sweep processes it without the queue, only later. See whether the server runs and REDIS_URL is right.'
  return checkLine('queue', { state: 'fails', todo }, async () => {
    const bell = await openBell({ redisUrl: config.redisUrl, databaseUrl: store.queueConnection.url, log })
    try {
      return `${where} answers; ${await bell.depth()} rings wait`
    } finally {
      await bell.close()
    }
  })
}

export function checkBlobs({ blobs }: Store): Promise<CheckLine> {
  return checkLine('blobs', { state: 'fails', todo: 'Is the disk full, or the folder not writable?' }, async () => {
    const key = `messages/${newId()}`
    await blobs.put(key, Buffer.from(key))
    const read = await text(await blobs.get(key))
    await blobs.delete(key)
    if (read !== key) throw new Error('what was written was not read back')
    return 'written, read back, deleted'
  })
}

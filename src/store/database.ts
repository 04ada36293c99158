/**
 * The one way to the database: transactions that take on a role bound by row-level security. A tenant's transaction sees that tenant's rows,
 * the router's what no tenant has yet, the operator's where everything stands (roles and policies: the first migration).
 */
import { Pool, types, type PoolClient, type QueryResult } from 'pg'
import type { MessageId, TenantId } from '../crm/ids.ts'
import { TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { Prisma, PrismaClient } from './generated/client.ts'
import { databaseFailure, isConnectionLoss, mayRunAgain } from './postgres-error.ts'
import { Recent } from './recent.ts'

/** Connections of one process, all roles together. */
const connectionsDefault = 10
const connectTimeoutMs = 15_000
const idleTimeoutMs = 30_000
const statementTimeoutMs = 60_000
/** Runs of one transaction that met a deadlock or a serialization failure. */
const runsMax = 4
/** Distinct statements that are prepared on each connection; what comes later is parsed each time. */
const preparedStatementsMax = 500
/** Bytes of mails that were just written and are not yet taken up. */
const recentContentBytesMax = 16 * 1024 * 1024
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * Statements of one transaction. Values are bound, never spliced in. An array is a Postgres array, a plain object is JSON; a JSON array must
 * come as text. Answers: bigint as number, timestamptz as Date, bytea as Buffer, jsonb parsed.
 */
export interface Sql {
  rows<R>(text: string, values?: readonly unknown[]): Promise<R[]>
  /** Answers how many rows were touched. */
  run(text: string, values?: readonly unknown[]): Promise<number>
}

export type PrismaTx = Prisma.TransactionClient

/** For what must touch several tenants in one transaction; each call changes whose rows are seen from then on. */
export interface TenantSwitch {
  tenant(tenantId: TenantId): Promise<Sql>
  router(): Promise<Sql>
}

/**
 * Each `work` is one transaction: it commits when `work` returns and leaves nothing when it throws. It is run anew on a deadlock, so it must
 * have no other effect. Throws TemporaryFailure('databaseUnavailable') whenever trying later can help.
 */
export interface Database {
  /** What this process admitted and has not taken up: most mails need not be read back. By message, with its hash (hex). */
  readonly recentContents: Recent<MessageId, { readonly sha256: string; readonly content: Uint8Array }>
  tenantSql<T>(tenantId: TenantId, work: (sql: Sql) => Promise<T>): Promise<T>
  routerSql<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** As `tenantSql` and `routerSql`, for what writes nothing: who waits for the answer does not wait for the end of the transaction. */
  tenantReads<T>(tenantId: TenantId, work: (sql: Sql) => Promise<T>): Promise<T>
  routerReads<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  operatorSql<T>(work: (sql: Sql) => Promise<T>): Promise<T>
  /** As `tenantSql`, through Prisma: for what reads well as models and is not on every mail's way. */
  tenantModels<T>(tenantId: TenantId, work: (tx: PrismaTx) => Promise<T>): Promise<T>
  acrossTenants<T>(work: (enter: TenantSwitch) => Promise<T>): Promise<T>
  /** Throws TemporaryFailure where the database is away or not migrated yet. */
  ready(): Promise<void>
  close(): Promise<void>
}

type Access = 'READ WRITE' | 'READ ONLY'
type Role = 'leadpost_program' | 'leadpost_router' | 'leadpost_operator'

const timeout = `SET LOCAL statement_timeout=${String(statementTimeoutMs)}`

/** One round trip: all of it is one simple query. */
function beginAs(role: Role, tenantId: TenantId | null, access: Access = 'READ WRITE'): string {
  return `BEGIN ${access};${enter(role, tenantId)};${timeout}`
}

/** The id is checked because SET takes no bound values. */
function enter(role: Role, tenantId: TenantId | null): string {
  if (tenantId !== null && !uuid.test(tenantId)) throw new TypeError('a tenant id is a UUID')
  return `SET LOCAL ROLE ${role};SET LOCAL app.tenant='${tenantId ?? ''}'`
}

/** The same text has the same name on every connection, so each connection parses it once. */
function openStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined || names.size >= preparedStatementsMax) return known
    const name = `leadpost_${String(names.size)}`
    names.set(text, name)
    return name
  }
}

/** Opens nothing yet: a connection is made when one is needed, so this never throws though the server be away. */
export function openDatabase(options: { url: string; log: Log; connectionsMax?: number }): Database {
  const pool = openPool(options)
  const nameOf = openStatementNames()
  let models: Promise<PrismaClient> | null = null

  async function transaction<T>(
    begin: string,
    work: (sql: Sql, client: PoolClient) => Promise<T>,
    access: Access = 'READ WRITE',
  ): Promise<T> {
    for (let run = 1; ; run++) {
      try {
        return await once(pool, { begin, access, nameOf }, work)
      } catch (error) {
        if (run >= runsMax || !mayRunAgain(error)) throw databaseFailure(error)
      }
    }
  }

  return {
    recentContents: new Recent(recentContentBytesMax),
    tenantSql: async (tenantId, work) => await transaction(beginAs('leadpost_program', tenantId), work),
    routerSql: async (work) => await transaction(beginAs('leadpost_router', null), work),
    tenantReads: async (tenantId, work) => await transaction(beginAs('leadpost_program', tenantId, 'READ ONLY'), work, 'READ ONLY'),
    routerReads: async (work) => await transaction(beginAs('leadpost_router', null, 'READ ONLY'), work, 'READ ONLY'),
    operatorSql: async (work) => await transaction(beginAs('leadpost_operator', null), work),
    acrossTenants: async (work) =>
      await transaction(beginAs('leadpost_router', null), async (sql, client) => {
        const become = async (role: Role, tenantId: TenantId | null): Promise<Sql> => {
          await client.query(enter(role, tenantId))
          return sql
        }
        return await work({
          tenant: async (tenantId) => await become('leadpost_program', tenantId),
          router: async () => await become('leadpost_router', null),
        })
      }),
    async tenantModels(tenantId, work) {
      models ??= openModels(pool)
      return await inModels(await models, tenantId, work)
    },
    async ready() {
      try {
        await transaction(beginAs('leadpost_router', null), async (sql) => await sql.rows('SELECT 1 FROM tenant LIMIT 1'))
      } catch (error) {
        if (error instanceof TemporaryFailure) throw error
        throw new TemporaryFailure('databaseUnavailable', `The database is not migrated, or not for this user: ${wordsOf(error)}`, {
          cause: error,
        })
      }
    },
    async close() {
      await (await models)?.$disconnect()
      await pool.end()
    },
  }
}

function openPool(options: { url: string; log: Log; connectionsMax?: number }): Pool {
  const pool = new Pool({
    connectionString: options.url,
    application_name: 'leadpost',
    max: options.connectionsMax ?? connectionsDefault,
    connectionTimeoutMillis: connectTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true,
    types: {
      getTypeParser: (oid, format) => (oid === types.builtins.INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format)),
    },
  })
  // An idle connection that breaks (57P01 on a restart) is replaced by the next one that is asked for.
  pool.on('error', (error) => options.log.debug({ code: (error as { code?: string }).code }, 'an idle database connection went'))
  return pool
}

async function once<T>(
  pool: Pool,
  how: { readonly begin: string; readonly access: Access; readonly nameOf: (text: string) => string | undefined },
  work: (sql: Sql, client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect()
  const ignoreLoss = (): void => {} // the query that meets the loss tells of it
  client.on('error', ignoreLoss)
  const release = (broken: boolean): void => {
    client.off('error', ignoreLoss)
    client.release(broken)
  }
  let open = true
  const query = async (text: string, values: readonly unknown[] | undefined): Promise<QueryResult> => {
    if (!open) throw new Error('a statement was sent after its transaction had ended')
    const name = how.nameOf(text)
    return await client.query({ text, values: [...(values ?? [])], ...(name === undefined ? {} : { name }) })
  }
  const sql: Sql = {
    rows: async <R>(text: string, values?: readonly unknown[]) => (await query(text, values)).rows as R[],
    run: async (text, values) => (await query(text, values)).rowCount ?? 0,
  }
  try {
    await client.query(how.begin)
    const result = await work(sql, client)
    open = false
    const ended = committed(client)
    // There is nothing that could fail to be written.
    if (how.access === 'READ ONLY')
      ended.then(
        () => release(false),
        () => release(true),
      )
    else {
      await ended
      release(false)
    }
    return result
  } catch (error) {
    open = false
    release(isConnectionLoss(error) || mayRunAgain(error) || !(await rolledBack(client)))
    throw error
  }
}

async function committed(client: PoolClient): Promise<void> {
  const end = await client.query('COMMIT')
  // Postgres answers so where a statement had failed and `work` went on regardless.
  if (end.command === 'ROLLBACK') throw new Error('the transaction was rolled back: a statement in it had failed')
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK')
    return true
  } catch {
    return false
  }
}

/** Loaded when first needed: the query compiler takes a while and the way of a mail does without it. */
async function openModels(pool: Pool): Promise<PrismaClient> {
  const [{ PrismaClient }, { PrismaPg }] = await Promise.all([import('./generated/client.ts'), import('@prisma/adapter-pg')])
  return new PrismaClient({ adapter: new PrismaPg(pool) })
}

async function inModels<T>(models: PrismaClient, tenantId: TenantId, work: (tx: PrismaTx) => Promise<T>): Promise<T> {
  for (let run = 1; ; run++) {
    try {
      return await models.$transaction(
        async (tx) => {
          await tx.$queryRaw`SELECT set_config('role', 'leadpost_program', true), set_config('app.tenant', ${tenantId}, true)`
          return await work(tx)
        },
        { maxWait: connectTimeoutMs, timeout: statementTimeoutMs },
      )
    } catch (error) {
      if (run >= runsMax || !mayRunAgain(error)) throw databaseFailure(error)
    }
  }
}

import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TenantId } from '../../src/crm/ids.ts'
import { TemporaryFailure } from '../../src/failure.ts'
import { newId } from '../../src/id.ts'
import { openLog } from '../../src/log.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openEmptyDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts'
import { seedTenant, type Seed } from './seed.ts'

const log = openLog('silent')
let db: TestDatabase
let seed: Seed

beforeAll(async () => {
  db = await openTestDatabase()
  seed = await seedTenant(db, 'xyz')
})
afterAll(async () => {
  await db.close()
})

const nameOf = 'SELECT name FROM company WHERE id = $1'

describe('a transaction', () => {
  test('commits when its work returns and leaves nothing when it throws', async () => {
    await db.database.tenantSql(
      seed.tenant,
      async (sql) => await sql.run('UPDATE company SET name = $2 WHERE id = $1', [seed.company, 'kept']),
    )
    const failing = db.database.tenantSql(seed.tenant, async (sql) => {
      await sql.run('UPDATE company SET name = $2 WHERE id = $1', [seed.company, 'lost'])
      throw new Error('work went wrong')
    })
    await expect(failing).rejects.toThrow('work went wrong')
    expect(await db.owner(nameOf, [seed.company])).toEqual([{ name: 'kept' }])
  })

  test('does not pass for done where a statement failed and its work went on', async () => {
    const swallowing = db.database.tenantSql(seed.tenant, async (sql) => {
      await sql.run('UPDATE company SET name = $2 WHERE id = $1', [seed.company, 'lost'])
      await sql.run('SELECT 1 / 0').catch(() => {})
    })
    await expect(swallowing).rejects.toThrow(/rolled back/)
    expect(await db.owner(nameOf, [seed.company])).toEqual([{ name: 'kept' }])
  })

  test('refuses a statement after its end', async () => {
    const kept = await db.database.tenantSql(seed.tenant, async (sql) => await Promise.resolve(sql))
    await expect(kept.rows('SELECT 1')).rejects.toThrow(/after its transaction had ended/)
  })

  test('that only reads answers before it has ended, writes nothing, and gives its connection back', async () => {
    const one = openDatabase({ url: db.url, log, connectionsMax: 1 })
    for (let round = 0; round < 3; round++)
      expect(await one.tenantReads(seed.tenant, async (sql) => await sql.rows(nameOf, [seed.company]))).toEqual([{ name: 'kept' }])
    const writing = one.tenantReads(seed.tenant, async (sql) => await sql.run('UPDATE company SET name = $1', ['lost']))
    await expect(writing).rejects.toThrow(/read-only transaction/)
    const failing = one.routerReads(async (sql) => await sql.rows('SELECT 1 / 0'))
    await expect(failing).rejects.toThrow(/division by zero/)
    expect(await one.routerReads(async (sql) => await sql.rows('SELECT app_tenant() AS tenant, current_user AS role'))).toEqual([
      { tenant: null, role: 'leadpost_router' },
    ])
    await one.close()
    expect(await db.owner(nameOf, [seed.company])).toEqual([{ name: 'kept' }])
  })

  test('leaves no tenant behind on its connection', async () => {
    const one = openDatabase({ url: db.url, log, connectionsMax: 1 })
    await one.tenantSql(seed.tenant, async (sql) => await sql.rows('SELECT 1'))
    const rows = await one.routerSql(async (sql) => await sql.rows('SELECT app_tenant() AS tenant, current_user AS role'))
    expect(rows).toEqual([{ tenant: null, role: 'leadpost_router' }])
    await one.close()
  })

  test('takes nothing but a UUID for a tenant', async () => {
    const odd = `'; RESET ROLE; --` as TenantId
    await expect(db.database.tenantSql(odd, async (sql) => await sql.rows('SELECT 1'))).rejects.toThrow(/UUID/)
  })

  test('is run again after a deadlock, so both of two succeed', async () => {
    const other = await seedTenant(db, 'deadlock')
    await db.owner(`INSERT INTO company (tenant_id, id, key, name) VALUES ($1, $2, 'b', 'B')`, [other.tenant, newId()])
    const lock = 'SELECT 1 FROM company WHERE key = $1 FOR UPDATE'
    const both = Promise.withResolvers<void>()
    let arrived = 0
    let runs = 0
    const work = async (first: string, second: string): Promise<void> =>
      await db.database.tenantSql(other.tenant, async (sql) => {
        runs += 1
        await sql.rows(lock, [first])
        arrived += 1
        if (arrived === 2) both.resolve()
        await both.promise
        await sql.rows(lock, [second])
      })
    await Promise.all([work('acme', 'b'), work('b', 'acme')])
    expect(runs).toBe(3)
  })

  test('may see several tenants one after another where it was opened for that, never two at once', async () => {
    const other = await seedTenant(db, 'second')
    const seen = await db.database.acrossTenants(async (enter) => {
      const read = 'SELECT t.slug FROM tenant t JOIN lead l ON l.tenant_id = t.id'
      const first = await (await enter.tenant(seed.tenant)).rows(read)
      const second = await (await enter.tenant(other.tenant)).rows(read)
      await enter.router()
      return [first, second]
    })
    expect(seen).toEqual([[{ slug: 'xyz' }], [{ slug: 'second' }]])
  })

  test('hands out numbers, dates, bytes and JSON as such', async () => {
    const [row] = await db.database.routerSql(
      async (sql) =>
        await sql.rows(`SELECT $1::bigint AS big, $2::timestamptz AS at, $3::bytea AS bytes, $4::jsonb AS json, $5::text[] AS list`, [
          1234,
          new Date(0),
          Buffer.from('x'),
          { a: 1 },
          ['a', 'b'],
        ]),
    )
    expect(row).toEqual({ big: 1234, at: new Date(0), bytes: Buffer.from('x'), json: { a: 1 }, list: ['a', 'b'] })
  })
})

describe('through Prisma', () => {
  test('the tenant is set as well', async () => {
    const other = await seedTenant(db, 'third')
    const slugs = await db.database.tenantModels(other.tenant, async (tx) => await tx.tenant.findMany({ select: { slug: true } }))
    expect(slugs).toEqual([{ slug: 'third' }])
    const foreign = db.database.tenantModels(
      other.tenant,
      async (tx) => await tx.company.create({ data: { tenantId: seed.tenant, id: newId(), name: 'x' } }),
    )
    await expect(foreign).rejects.toThrow()
  })
})

describe('trouble', () => {
  test('an error of the database carries no values of the statement', async () => {
    const error = await db.database
      .tenantSql(
        seed.tenant,
        async (sql) =>
          await sql.run(`INSERT INTO lead (tenant_id, id, number, name, name_key) VALUES ($1, $2, '11111', 'secret subject', '')`, [
            seed.tenant,
            newId(),
          ]),
      )
      .catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Error)
    expect(JSON.stringify({ ...(error as object), message: (error as Error).message })).not.toContain('secret')
    expect(error).not.toHaveProperty('detail')
  })

  test('a server that is away is a temporary failure, and opening it is none', async () => {
    for (const url of [
      'postgresql://nobody@127.0.0.1:1/none',
      'postgresql://nobody@localhost/none?host=/nonexistent',
      'postgresql://nobody@host.invalid/none',
    ]) {
      const away = openDatabase({ url, log })
      await expect(away.routerSql(async (sql) => await sql.rows('SELECT 1'))).rejects.toMatchObject({ code: 'databaseUnavailable' })
      await expect(away.ready()).rejects.toBeInstanceOf(TemporaryFailure)
      await expect(away.tenantModels(seed.tenant, async (tx) => await tx.lead.count())).rejects.toMatchObject({
        code: 'databaseUnavailable',
      })
      await away.close()
    }
  })

  test('a server that hangs up is a temporary failure', async () => {
    const rude = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve))
    const { port } = rude.address() as { port: number }
    const away = openDatabase({ url: `postgresql://nobody@127.0.0.1:${String(port)}/none`, log })
    await expect(away.routerSql(async (sql) => await sql.rows('SELECT 1'))).rejects.toMatchObject({ code: 'databaseUnavailable' })
    await away.close()
    rude.close()
  })

  test('a session that the server ends is a temporary failure, and the next transaction gets another', async () => {
    const one = openDatabase({ url: db.url, log, connectionsMax: 1 })
    const ended = one.routerSql(async (sql) => {
      const [row] = await sql.rows<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await db.owner('SELECT pg_terminate_backend($1)', [row?.pid])
      await sql.rows('SELECT 1')
    })
    await expect(ended).rejects.toMatchObject({ code: 'databaseUnavailable' })
    await one.ready()
    await one.close()
  })

  test('a table that changed under a prepared statement is met by preparing it anew', async () => {
    const one = openDatabase({ url: db.url, log, connectionsMax: 1 })
    const read = async (): Promise<unknown[]> => await one.tenantSql(seed.tenant, async (sql) => await sql.rows('SELECT * FROM quote'))
    await read()
    await db.owner('ALTER TABLE quote ADD COLUMN extra text')
    expect(await read()).toHaveLength(1)
    await db.owner('ALTER TABLE quote DROP COLUMN extra')
    expect(await read()).toHaveLength(1)
    await one.close()
  })

  test('a database without migrations is not ready', async () => {
    const empty = await openEmptyDatabase()
    const bare = openDatabase({ url: empty.ownerUrl, log })
    await expect(bare.ready()).rejects.toMatchObject({ code: 'databaseUnavailable' })
    await bare.close()
    await empty.close()
    await db.database.ready()
  })
})

import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TenantId } from '../../src/crm/ids.ts'
import { newId } from '../../src/id.ts'
import { contentsCharactersMax, contentsMax } from '../../src/store/event-contents.ts'
import { readTrail, trailRowsMax, type Trail } from '../../src/store/events.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { seedTenant, type Seed } from './seed.ts'

let db: TestDatabase
let xyz: Seed
let abc: Seed
beforeAll(async () => {
  db = await openTestDatabase()
  xyz = await seedTenant(db, 'xyz')
  abc = await seedTenant(db, 'abc')
})
afterAll(() => db.close())

const insert = `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail) VALUES ($1, $2, now(), 'rule', $3, $4, $5)`
const look = (seen: string | null, tenant: TenantId = xyz.tenant): Promise<Trail> => readTrail(db.database, tenant, seen)
const idsOf = (trail: Trail): string[] => trail.events.map(({ id }) => id)

async function happen(action: string, detail: object, subject: string = xyz.mail): Promise<void> {
  await db.owner(insert, [xyz.tenant, newId(), action, subject, detail])
}

describe('the trail', () => {
  test('tells what was committed since, each once, with what it is about', async () => {
    const { seen, events } = await look(null)
    expect(events).toEqual([])
    await happen('mailAppended', { entryId: 'e1', leadId: xyz.lead })
    await happen('confirmationOpened', { confirmationId: xyz.confirmation })
    await happen('nothingToTell', {})
    const next = await look(seen)
    expect(next).toMatchObject({ hasGap: false, touchesAccess: false })
    expect(next.events).toMatchObject([
      { kind: 'history.appended', id: 'e1', actor: 'rule', lead: '11111', mailOf: null },
      { kind: 'confirmation.opened', id: xyz.confirmation, lead: null, mailOf: ['anna@xyz.example'] },
    ])
    expect((await look(next.seen)).events).toEqual([])
    // Somebody else who has seen less is told the same.
    expect((await look(seen)).events).toEqual(next.events)
  })

  test('misses nothing that was made earlier and committed later, and doubles nothing', async () => {
    const slow = new Client({ connectionString: db.ownerUrl })
    await slow.connect()
    const { seen } = await look(null)
    await slow.query('BEGIN')
    await slow.query(insert, [xyz.tenant, newId(), 'mailAppended', xyz.mail, { entryId: 'made first' }])
    await happen('mailAppended', { entryId: 'made second' })
    const first = await look(seen)
    expect(idsOf(first)).toEqual(['made second'])
    await slow.query('COMMIT')
    await happen('mailAppended', { entryId: 'made third' })
    const second = await look(first.seen)
    expect(idsOf(second)).toEqual(['made first', 'made third'])
    expect(idsOf(await look(second.seen))).toEqual([])
    await slow.query('BEGIN')
    await slow.query(insert, [xyz.tenant, newId(), 'mailAppended', xyz.mail, { entryId: 'taken back' }])
    const third = await look(second.seen)
    await slow.query('ROLLBACK')
    expect([...idsOf(third), ...idsOf(await look(third.seen))]).toEqual([])
    await slow.end()
  })

  test('is that of one tenant', async () => {
    const { seen } = await look(null, abc.tenant)
    await happen('mailAppended', { entryId: 'ours' })
    expect((await look(seen, abc.tenant)).events).toEqual([])
  })

  test('tells of a confirmation that a later copy of its mail settled, and of a history that has changed', async () => {
    const { seen } = await look(null)
    await happen('mailAppended', { entryId: 'e2', confirmationId: xyz.confirmation, leadId: xyz.lead })
    await happen('mailCapturedAgain', { leadId: xyz.lead })
    expect((await look(seen)).events.map(({ kind, id }) => [kind, id])).toEqual([
      ['history.appended', 'e2'],
      ['confirmation.settled', xyz.confirmation],
      ['history.changed', xyz.historyEntry],
    ])
  })

  test('says where somebody may have lost the right to watch', async () => {
    const { seen } = await look(null)
    await happen('userDisabled', {}, 'anna@xyz.example')
    expect((await look(seen)).touchesAccess).toBe(true)
  })

  test('has a gap where too much happened, and for what was never seen here', async () => {
    const { seen } = await look(null)
    await db.owner(
      `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail)
       SELECT $1, gen_random_uuid(), now(), 'rule', 'mailAppended', 'x', '{"entryId": "many"}' FROM generate_series(0, $2)`,
      [xyz.tenant, trailRowsMax],
    )
    const much = await look(seen)
    expect(much).toMatchObject({ hasGap: true, events: [] })
    expect(await look(much.seen)).toMatchObject({ hasGap: false, events: [] })
    const strange = ['', 'x', '5:3:', '3:5:5', '3:5:4,4', '0:1:', '99999999999999:99999999999999:', `1:${2n ** 64n}:`, '3:9:8,4', "1:2:'"]
    for (const written of strange) expect(await look(written), written).toMatchObject({ hasGap: true, events: [] })
  })

  test('hands over the newest with their contents, as many as fit, and only what everybody may see', async () => {
    const { seen } = await look(null)
    const answered = { confirmationId: xyz.confirmation, entryId: xyz.historyEntry }
    for (let n = 0; n <= contentsMax; n++) await happen('mailAppended', { entryId: n === 0 ? 'not an id' : xyz.historyEntry })
    await happen('confirmationOpened', answered)
    const withContents = async (): Promise<Trail> => await readTrail(db.database, xyz.tenant, seen, new Date('2026-11-02T10:00:00Z'))
    const { events } = await withContents()
    expect(events.map(({ content }) => (content === undefined ? '' : Object.keys(content).join()))).toEqual([
      '',
      '',
      ...Array.from({ length: contentsMax - 1 }, () => 'entry'),
      'question',
    ])
    expect(events.at(-1)?.content?.question).toMatchObject({ subject: 'XYZ Lead 11111', candidates: [{ lead: '11111' }] })
    expect(events.at(-2)?.content?.entry).toMatchObject({
      lead: { number: '11111' },
      participants: [{ name: 'Eva Muster' }, { name: null }],
    })
    const told = async (): Promise<number> => (await withContents()).events.filter(({ content }) => content !== undefined).length
    expect(await told()).toBe(contentsMax)
    await db.owner(`UPDATE mail SET subject = repeat('x', $2::int) WHERE id = $1`, [xyz.mail, Math.floor(contentsCharactersMax / 3)])
    expect(await told()).toBe(2)
    await db.owner(`UPDATE mail SET subject = 'XYZ Lead 11111', private_at = now(), private_by = 'anna@xyz.example' WHERE id = $1`, [
      xyz.mail,
    ])
    await db.owner('UPDATE confirmation SET private = true WHERE id = $1', [xyz.confirmation])
    expect(await told()).toBe(0)
    await db.owner('UPDATE mail SET private_at = NULL, private_by = NULL WHERE id = $1', [xyz.mail])
    await db.owner('UPDATE confirmation SET private = false WHERE id = $1', [xyz.confirmation])
  })

  test('is read through its index', async () => {
    await db.owner(
      `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail)
       SELECT $1, gen_random_uuid(), now(), 'rule', 'x', 'x', '{}' FROM generate_series(1, 20000)`,
      [xyz.tenant],
    )
    await db.owner('ANALYZE audit_entry')
    const { seen } = await look(null)
    const plan = await db.database.tenantSql(xyz.tenant, (sql) =>
      sql.rows<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT id FROM audit_entry WHERE tenant_id = $1 AND written_in >= pg_snapshot_xmin($2::pg_snapshot)
         AND written_in < pg_snapshot_xmax(pg_current_snapshot()) AND NOT pg_visible_in_snapshot(written_in, $2::pg_snapshot)`,
        [xyz.tenant, seen],
      ),
    )
    const words = plan.map((line) => line['QUERY PLAN']).join('\n')
    expect(words).toMatch(/audit_entry_written_in/)
    expect(words).toMatch(/Index Cond: .*written_in >= /)
  })
})

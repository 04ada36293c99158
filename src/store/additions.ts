/**
 * What was added to the CRM since mail came, as triggers tell it: looked at until it is known which open questions it touches, and which of nobody's mail. A
 * look is one transaction, so a kill forgets nothing and repeats no harm; several processes take different rows.
 */
import type { ConfirmationId, TenantId } from '../crm/ids.ts'
import type { DomainName } from '../mail/address.ts'
import { writeAudit } from './audit.ts'
import { type AskedKind, askedKey, nameBeginning } from './asked-keys.ts'
import type { Database, Sql } from './database.ts'
import { askAboutLeftOut } from './left-out.ts'
import { toStartSql } from './messages.ts'

/** Rows of one look; each holds what one statement added. */
const additionsMax = 10
/** Keys that are looked for in one statement, and hashed without a pause: mail comes in on the same event loop. */
const keysTogetherMax = 2_000
/** Nobody's mail that is taken up in one transaction. */
const takenUpMax = 200
/** Nobody's mail from longer ago stays as it is. */
export const takenUpDaysMax = 90
/** Other processes' clocks may differ. */
const clocksDifferS = 5
/** So long at most a second look waits for mail that was under way at the first. */
const underWayMaxS = 600
/** A question may be written so long before others see it. */
const writtenBeforeS = 300

/** Tenants with something to look at, or a question to be judged again. */
export async function tenantsToOffer(database: Database): Promise<TenantId[]> {
  const rows = await database.routerSql((sql) =>
    sql.rows<{ id: TenantId }>(
      `SELECT tenant_id AS id FROM addition UNION SELECT tenant_id FROM reconsideration WHERE state = 'due' AND due_at <= now()`,
    ),
  )
  return rows.map(({ id }) => id)
}

/** As triggers tell it. */
export const additionKinds = ['number', 'quote', 'name', 'address', 'company', 'contactPerson', 'hostName'] as const satisfies readonly (
  | AskedKind
  | 'company'
  | 'contactPerson'
  | 'hostName'
)[]

interface Addition {
  readonly id: string
  readonly kind: (typeof additionKinds)[number]
  readonly keys: readonly string[]
  readonly lookedAt: Date | null
}

/**
 * A mail whose facts were read before something was added, and which is asked about only after that was looked at, would know nothing of it. So what is
 * looked at while mail is under way is looked at again once that mail (by its id, which has the time in it) has been settled.
 */
const underWaySql = (since: string): string => `EXISTS (SELECT FROM delivery d WHERE d.tenant_id IS NULL AND d.state = 'processing'
  AND d.id < (lpad(to_hex((extract(epoch FROM ${since} + interval '${String(clocksDifferS)} s') * 1000)::bigint), 12, '0') || repeat('f', 20))::uuid)`

async function takeAdditions(sql: Sql, tenantId: TenantId, which: string): Promise<Addition[]> {
  return await sql.rows<Addition>(
    `SELECT id, kind, keys, looked_at AS "lookedAt" FROM addition WHERE tenant_id = $1 AND ${which} AND (looked_at IS NULL
       OR looked_at < now() - interval '${String(underWayMaxS)} s' OR NOT ${underWaySql('looked_at')})
     ORDER BY at, id LIMIT ${String(additionsMax)} FOR UPDATE SKIP LOCKED`,
    [tenantId],
  )
}

/** Gone after its second look, and after the first where no mail is under way. */
async function noteLook(sql: Sql, tenantId: TenantId, additions: readonly Addition[], isMailUnderWay: boolean): Promise<void> {
  const again = additions.filter(({ lookedAt }) => isMailUnderWay && lookedAt === null).map(({ id }) => id)
  const over = additions.filter(({ id }) => !again.includes(id)).map(({ id }) => id)
  if (again.length > 0) await sql.run('UPDATE addition SET looked_at = now() WHERE tenant_id = $1 AND id = ANY($2)', [tenantId, again])
  if (over.length > 0) await sql.run('DELETE FROM addition WHERE tenant_id = $1 AND id = ANY($2)', [tenantId, over])
}

async function readUnderWay(sql: Sql): Promise<boolean> {
  const [row] = await sql.rows<{ isUnderWay: boolean }>(`SELECT ${underWaySql('clock_timestamp()')} AS "isUnderWay"`)
  return row?.isUnderWay === true
}

/** Puts down the questions that what was added touches, those of mail that was left out among them; answers whether there was anything. All open questions have their keys (asked-keys.ts). */
export async function lookAtAdditions(database: Database, tenantId: TenantId): Promise<boolean> {
  return await database.tenantSql(tenantId, async (sql) => {
    const additions = await takeAdditions(sql, tenantId, `kind <> 'hostName'`)
    if (additions.length === 0) return false
    // Before the questions are looked for: what is settled between the two statements is seen by the second.
    const isMailUnderWay = await readUnderWay(sql)
    for (const isFirst of [true, false]) {
      const looked = additions.filter(({ lookedAt }) => (lookedAt === null) === isFirst)
      const since = looked.map(({ lookedAt }) => lookedAt?.getTime() ?? 0)
      const openedSince = isFirst ? null : new Date(Math.min(...since) - writtenBeforeS * 1_000)
      if (looked.length === 0) continue
      await putDown(sql, tenantId, await questionsAsking(sql, tenantId, await askedFor(sql, tenantId, looked), openedSince))
      const added = { numbers: keysOf(looked, 'number'), quotes: keysOf(looked, 'quote') }
      await putDown(sql, tenantId, await askAboutLeftOut(sql, tenantId, added, new Date()))
    }
    await noteLook(sql, tenantId, additions, isMailUnderWay)
    return true
  })
}

interface Asked {
  readonly kind: AskedKind
  readonly value: string
}

/** Of a company or a contact person the addresses are what a mail can ask for. */
async function askedFor(sql: Sql, tenantId: TenantId, additions: readonly Addition[]): Promise<Asked[]> {
  const people = await sql.rows<{ address: string }>(
    `SELECT a.address_key AS address FROM contact_person p JOIN contact_address a ON a.tenant_id = $1 AND a.contact_person_id = p.id
     WHERE p.tenant_id = $1 AND p.company_id = ANY($2::uuid[])
     UNION SELECT address_key FROM contact_address WHERE tenant_id = $1 AND contact_person_id = ANY($3::uuid[])`,
    [tenantId, keysOf(additions, 'company'), keysOf(additions, 'contactPerson')],
  )
  return [
    ...(['number', 'quote', 'address'] as const).flatMap((kind) => keysOf(additions, kind).map((value) => ({ kind, value }))),
    ...keysOf(additions, 'name').map((name) => ({ kind: 'name' as const, value: nameBeginning(name) })),
    ...people.map(({ address }) => ({ kind: 'address' as const, value: address })),
  ]
}

function keysOf(additions: readonly Addition[], kind: Addition['kind']): string[] {
  return [...new Set(additions.flatMap((one) => (one.kind === kind ? one.keys : [])))]
}

async function questionsAsking(sql: Sql, tenantId: TenantId, asked: readonly Asked[], openedSince: Date | null): Promise<ConfirmationId[]> {
  const found = new Set<ConfirmationId>()
  for (let from = 0; from < asked.length; from += keysTogetherMax) {
    const keys = asked.slice(from, from + keysTogetherMax).map(({ kind, value }) => askedKey(tenantId, kind, value))
    const rows = await sql.rows<{ id: ConfirmationId }>('SELECT id FROM questions_asking($1::bigint[], $2) AS q(id)', [keys, openedSince])
    for (const { id } of rows) found.add(id)
  }
  return [...found]
}

async function putDown(sql: Sql, tenantId: TenantId, found: readonly ConfirmationId[]): Promise<void> {
  if (found.length === 0) return
  await sql.run(
    // Cut to the milliseconds of its column: rounded up it would lie ahead of whoever looks at once.
    `INSERT INTO reconsideration (tenant_id, confirmation_id, due_at) SELECT $1, id, date_trunc('milliseconds', now()) FROM unnest($2::uuid[]) AS f(id)
     ORDER BY id
     ON CONFLICT (tenant_id, confirmation_id) DO UPDATE SET state = 'due', due_at = EXCLUDED.due_at, attempts = 0, detail = NULL`,
    [tenantId, found],
  )
}

/**
 * Nobody's mail whose author stands under a host name that counts since goes back to the start, to be routed and decided like new mail, behind it; answers how
 * many. Whose it is, the rules of routing say, and not the name.
 */
export async function takeUpUnroutable(database: Database, tenantId: TenantId): Promise<number> {
  const { additions, names, isMailUnderWay, since } = await database.tenantSql(tenantId, async (sql) => {
    const found = await takeAdditions(sql, tenantId, `kind = 'hostName'`)
    const [now] = await sql.rows<{ at: Date }>('SELECT clock_timestamp() AS at')
    return {
      additions: found,
      since: now?.at ?? new Date(),
      isMailUnderWay: found.length > 0 && (await readUnderWay(sql)),
      names: await sql.rows<{ name: DomainName; subdomains: boolean }>(
        `SELECT name, subdomains FROM host_name WHERE tenant_id = $1 AND name = ANY($2) ORDER BY name`,
        [tenantId, found.flatMap(({ keys }) => keys)],
      ),
    }
  })
  if (additions.length === 0) return 0
  let taken = 0
  for (const { name, subdomains } of names) {
    for (let batch = takenUpMax; batch === takenUpMax; taken += batch)
      batch = await takeUpBatch(database, tenantId, { name, subdomains, since })
  }
  await database.tenantSql(tenantId, (sql) => noteLook(sql, tenantId, additions, isMailUnderWay))
  return taken
}

/** `since`: what was found to be nobody's after that is nobody's by the rules as they are now. */
async function takeUpBatch(
  database: Database,
  tenantId: TenantId,
  { name, subdomains, since }: { readonly name: DomainName; readonly subdomains: boolean; readonly since: Date },
): Promise<number> {
  return await database.acrossTenants(async (enter) => {
    const router = await enter.router()
    const taken = await router.run(
      `UPDATE delivery SET ${toStartSql}, backlog = true WHERE id IN (
         SELECT d.id FROM delivery d JOIN inbound_message m ON m.id = d.message_id
         WHERE d.tenant_id IS NULL AND d.state = 'unroutable' AND d.reason = 'senderDomainUnknown' AND d.settled_at < $3
           AND m.received_at > $3::timestamptz - interval '${String(takenUpDaysMax)} days'
           AND EXISTS (SELECT FROM unnest(d.author_domains) AS a(domain) WHERE a.domain = $1 OR ($2 AND a.domain LIKE '%.' || $1))
           AND EXISTS (SELECT FROM raw_message r WHERE r.message_id = d.message_id AND r.erased_at IS NULL)
         ORDER BY d.message_id LIMIT ${String(takenUpMax)} FOR UPDATE OF d SKIP LOCKED)`,
      [name, subdomains, since],
    )
    if (taken > 0) {
      const sql = await enter.tenant(tenantId)
      await writeAudit(sql, tenantId, { actor: 'rule', action: 'mailTakenUp', subject: name, detail: { mails: taken } })
    }
    return taken
  })
}

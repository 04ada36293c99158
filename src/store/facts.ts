/** What the CRM knows about the mails of one batch: two statements for all of them together, in one transaction of their tenant. */
import type { CompanyId, ConfirmationId, ContactPersonId, LeadId, MailId, TenantId } from '../crm/ids.ts'
import type { LeadStatus, TenantPolicy } from '../crm/policy.ts'
import type { AddressKey, DomainName } from '../mail/address.ts'
import type { MessageIdKey } from '../mail/message-id.ts'
import type { Database, Sql } from './database.ts'
import type { HostedDomain } from './host-names.ts'

/** Everything that some mail of the batch asks about; distinct values. */
export interface FactKeys {
  readonly addresses: readonly AddressKey[]
  readonly signIns: readonly AddressKey[]
  readonly neverLogPatterns: readonly string[]
  readonly leadNumbers: readonly string[]
  readonly quoteNumbers: readonly string[]
  readonly leadNameKeys: readonly string[]
  /** Hashes (see messageIdHash) of the ids that the mails answer. */
  readonly answeredHashes: readonly Buffer[]
  /** Hashes of their own ids. */
  readonly ownHashes: readonly Buffer[]
  readonly fingerprints: readonly string[]
  /** Of originals that are forwarded. */
  readonly likenesses: readonly Buffer[]
}

export interface ContactRow {
  readonly address: AddressKey
  readonly contactPersonId: ContactPersonId
  readonly companyId: CompanyId
  readonly name: string
}

export interface LeadRow {
  readonly id: LeadId
  readonly number: string
  readonly name: string
  readonly nameKey: string
  readonly companyId: CompanyId | null
  readonly status: LeadStatus
  readonly keyPlayers: readonly { readonly contactPersonId: ContactPersonId; readonly companyId: CompanyId }[]
}

/** A mail on file that a mail of the batch answers. */
export interface ThreadRow {
  readonly key: MessageIdKey
  readonly mailId: MailId
  /** The lead in whose history it stands, or null where it waits or was left out. */
  readonly leadId: LeadId | null
}

/** A mail that the tenant has already, with the same content or the same Message-ID. */
export interface CopyRow {
  readonly mailId: MailId
  readonly fingerprint: string
  /** Hex. */
  readonly likeness: string | null
  readonly messageId: MessageIdKey | null
  /** The lead in whose history it stands now, or null. */
  readonly leadId: LeadId | null
  readonly openConfirmationId: ConfirmationId | null
  /** A person has answered for it: settled its confirmation, moved or undone it. */
  readonly judgedByPerson: boolean
}

export interface FactRows {
  readonly contacts: readonly ContactRow[]
  /** Which of the addresses are users' or users' further ones. */
  readonly ownAddresses: readonly AddressKey[]
  /** Which of the sign-ins are users that may sign in. */
  readonly activeUsers: readonly AddressKey[]
  readonly hostNames: readonly { readonly name: DomainName; readonly subdomains: boolean }[]
  readonly neverLogRules: readonly string[]
  readonly leadsOfNumbers: readonly { readonly key: string; readonly leadId: LeadId }[]
  readonly leadsOfQuotes: readonly { readonly key: string; readonly leadId: LeadId }[]
  readonly threads: readonly ThreadRow[]
  readonly copies: readonly CopyRow[]
  /** Those named above, those of `leadNameKeys`, and the open ones of the contacts and their companies. */
  readonly leads: readonly LeadRow[]
}

/** Leads that bear one name, and open leads of one company or person, that are looked at; one more than can be told apart is one too many. */
export const leadsPerKeyMax = 51
/** Mails on file under one Message-ID (anybody may write any id). */
const mailsPerIdMax = 20

type FirstRow = Omit<FactRows, 'leads'>

const array = (rows: string): string => `coalesce((SELECT jsonb_agg(x) FROM (${rows}) x), '[]')`
const values = (column: string, from: string): string => `coalesce((SELECT jsonb_agg(${column}) FROM ${from}), '[]')`

/** Of the mail `m`; $1 is its tenant. An answer that was taken back was a person's all the same: he means to give another. */
export const judgedByPersonSql = `(EXISTS (SELECT FROM confirmation j WHERE j.tenant_id = $1 AND j.mail_id = m.id
    AND (j.settled_by <> 'rule' OR j.reopened_at IS NOT NULL))
  OR EXISTS (SELECT FROM history_entry j WHERE j.tenant_id = $1 AND j.mail_id = m.id AND j.undone_at IS NULL AND j.decided_by <> 'rule')
  OR EXISTS (SELECT FROM history_entry j WHERE j.tenant_id = $1 AND j.mail_id = m.id AND j.undone_at IS NOT NULL))`

const firstSql = `SELECT
  ${array(`SELECT a.address_key AS address, p.id AS "contactPersonId", p.company_id AS "companyId", p.name
    FROM contact_address a JOIN contact_person p ON p.tenant_id = a.tenant_id AND p.id = a.contact_person_id
    WHERE a.tenant_id = $1 AND a.address_key = ANY($2)`)} AS contacts,
  ${values(
    'address',
    `(SELECT email AS address FROM user_account WHERE tenant_id = $1 AND email = ANY($2)
    UNION SELECT address_key FROM user_address WHERE tenant_id = $1 AND address_key = ANY($2)) u`,
  )} AS "ownAddresses",
  ${values('email', 'user_account WHERE tenant_id = $1 AND email = ANY($3) AND disabled_at IS NULL')} AS "activeUsers",
  ${array(`SELECT name, subdomains FROM host_name WHERE tenant_id = $1 AND (vouched_for OR proven_at IS NOT NULL)`)} AS "hostNames",
  ${values('pattern', 'never_log_rule WHERE tenant_id = $1 AND pattern = ANY($4)')} AS "neverLogRules",
  ${array(`SELECT number AS key, id AS "leadId" FROM lead WHERE tenant_id = $1 AND number = ANY($5)`)} AS "leadsOfNumbers",
  ${array(`SELECT number AS key, lead_id AS "leadId" FROM quote WHERE tenant_id = $1 AND number = ANY($6)`)} AS "leadsOfQuotes",
  ${array(`SELECT m.message_id AS key, m.id AS "mailId", h.lead_id AS "leadId" FROM unnest($7::bytea[]) AS k(key) CROSS JOIN LATERAL
    (SELECT m.id, m.message_id FROM mail m WHERE m.tenant_id = $1 AND m.message_id_hash = k.key LIMIT ${mailsPerIdMax}) m
    LEFT JOIN history_entry h ON h.tenant_id = $1 AND h.mail_id = m.id AND h.undone_at IS NULL`)} AS threads,
  ${array(`SELECT m.id AS "mailId", m.content_fingerprint AS fingerprint, encode(m.likeness, 'hex') AS likeness, m.message_id AS "messageId",
      (SELECT h.lead_id FROM history_entry h WHERE h.tenant_id = $1 AND h.mail_id = m.id AND h.undone_at IS NULL) AS "leadId",
      (SELECT c.id FROM confirmation c WHERE c.tenant_id = $1 AND c.mail_id = m.id AND c.settled_at IS NULL) AS "openConfirmationId",
      ${judgedByPersonSql} AS "judgedByPerson"
    FROM mail m WHERE m.tenant_id = $1 AND m.id IN (
      SELECT id FROM mail WHERE tenant_id = $1 AND content_fingerprint = ANY($9)
      UNION SELECT f.id FROM unnest($10::bytea[]) AS k(key) CROSS JOIN LATERAL
        (SELECT id FROM mail WHERE tenant_id = $1 AND likeness = k.key LIMIT ${mailsPerIdMax}) f
      UNION SELECT f.id FROM unnest($8::bytea[]) AS k(key) CROSS JOIN LATERAL
        (SELECT id FROM mail WHERE tenant_id = $1 AND message_id_hash = k.key LIMIT ${mailsPerIdMax}) f)`)} AS copies`

/**
 * The leads that were found; of those that bear a name first the ones of the people's companies, for they alone can be more than a proposal;
 * and the open ones of the people: of their companies, and those on which they are key players.
 */
const leadsSql = `
  WITH wanted AS (
    SELECT unnest($2::uuid[]) AS id
    UNION SELECT l.id FROM unnest($5::text[]) AS n(key) CROSS JOIN LATERAL
      (SELECT id FROM lead WHERE tenant_id = $1 AND name_key = n.key
       ORDER BY coalesce(company_id = ANY($3), false) DESC, id DESC LIMIT ${leadsPerKeyMax}) l
    UNION SELECT l.id FROM unnest($3::uuid[]) AS c(id) CROSS JOIN LATERAL
      (SELECT id FROM lead WHERE tenant_id = $1 AND company_id = c.id AND status = 'open' ORDER BY id DESC LIMIT ${leadsPerKeyMax}) l
    UNION SELECT k.id FROM unnest($4::uuid[]) AS p(id) CROSS JOIN LATERAL
      (SELECT l.id FROM key_player k JOIN lead l ON l.tenant_id = $1 AND l.id = k.lead_id
       WHERE k.tenant_id = $1 AND k.contact_person_id = p.id AND l.status = 'open' ORDER BY l.id DESC LIMIT ${leadsPerKeyMax}) k
  )
  SELECT l.id, l.number, l.name, l.name_key AS "nameKey", l.company_id AS "companyId", l.status,
         ${array(`SELECT k.contact_person_id AS "contactPersonId", p.company_id AS "companyId"
           FROM key_player k JOIN contact_person p ON p.tenant_id = $1 AND p.id = k.contact_person_id
           WHERE k.tenant_id = $1 AND k.lead_id = l.id LIMIT 1000`)} AS "keyPlayers"
  FROM wanted w JOIN lead l ON l.tenant_id = $1 AND l.id = w.id`

/** Two statements, whatever the size of the batch. */
export async function readFacts(database: Database, tenantId: TenantId, keys: FactKeys): Promise<FactRows> {
  return await database.tenantReads(tenantId, async (sql) => {
    const first = await readFirst(sql, tenantId, keys)
    const found = [first.leadsOfNumbers, first.leadsOfQuotes, first.threads].flatMap((rows) => rows.flatMap((row) => row.leadId ?? []))
    const companies = first.contacts.map((contact) => contact.companyId)
    const persons = first.contacts.map((contact) => contact.contactPersonId)
    if (found.length + companies.length + keys.leadNameKeys.length === 0) return { ...first, leads: [] }
    const wanted = [distinct(found), distinct(companies), distinct(persons), keys.leadNameKeys]
    return { ...first, leads: await sql.rows<LeadRow>(leadsSql, [tenantId, ...wanted]) }
  })
}

/**
 * How many mails of each author came since `since`, at most `max` counted: for those that write from outside, of whom there are few in a batch.
 */
export async function countRecentMails(
  database: Database,
  tenantId: TenantId,
  authors: readonly AddressKey[],
  since: Date,
  max: number,
): Promise<ReadonlyMap<AddressKey, number>> {
  const rows = await database.tenantReads(tenantId, (sql) =>
    sql.rows<{ address: AddressKey; mails: number }>(
      `SELECT a.address, (SELECT count(*)::int FROM
         (SELECT FROM participant p JOIN mail m ON m.tenant_id = $1 AND m.id = p.mail_id
          WHERE p.tenant_id = $1 AND p.address_key = a.address AND p.role = 'from' AND m.received_at > $3 LIMIT $4) recent) AS mails
       FROM unnest($2::text[]) AS a(address)`,
      [tenantId, distinct(authors), since, max],
    ),
  )
  return new Map(rows.map(({ address, mails }) => [address, mails]))
}

/** A tenant with its policy, by id: for mail that a thread leads there, not a domain. Null where there is none. */
export async function readTenant(database: Database, tenantId: TenantId): Promise<HostedDomain | null> {
  const [row] = await database.tenantReads(tenantId, (sql) =>
    sql.rows<TenantPolicy & { slug: string }>(
      `SELECT slug, unauthenticated_sender AS "unauthenticatedSender", internal_mail AS "internalMail", only_open_lead AS "onlyOpenLead"
       FROM tenant WHERE id = $1`,
      [tenantId],
    ),
  )
  if (row === undefined) return null
  const { slug, ...policy } = row
  return { tenantId, slug, policy }
}

async function readFirst(sql: Sql, tenantId: TenantId, keys: FactKeys): Promise<FirstRow> {
  const [row] = await sql.rows<FirstRow>(firstSql, [
    tenantId,
    keys.addresses,
    keys.signIns,
    keys.neverLogPatterns,
    keys.leadNumbers,
    keys.quoteNumbers,
    keys.answeredHashes,
    keys.ownHashes,
    keys.fingerprints,
    keys.likenesses,
  ])
  if (row === undefined) throw new Error('the facts of a batch gave no row')
  return row
}

function distinct<T>(all: readonly T[]): T[] {
  return [...new Set(all)]
}

/**
 * A tenant of years: people, leads, mails in histories, questions open and settled, all of it in proportion to its history entries. Written by SQL, as the owner,
 * in the shapes that the program writes. What is common is common (words, names, leads), what is rare is rare: random by a power of a random number.
 */
import { newId } from '../../src/id.ts'
import type { TenantId } from '../../src/crm/ids.ts'
import type { AddressKey, DomainName } from '../../src/mail/address.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import type { TestDatabase } from '../support/database.ts'

export interface BigOffice {
  readonly tenant: TenantId
  readonly slug: string
  readonly entries: number
  readonly openQuestions: number
  readonly leads: number
  readonly contactPersons: number
  /** Of the lead with the longest history. */
  readonly bigLead: string
  readonly bigLeadEntries: number
}

/** Mails that are written by one statement. */
const batchMails = 50_000
/** Different texts of mails; each has its own words beside. */
const texts = 10_000
const salespersons = 40

/** In every language something; the folded form beside, as crm/lead-name.ts makes it. */
const firstNames = [
  'Anna',
  'Bernd',
  'Clara',
  'David',
  'Erik',
  'Frieda',
  'Georg',
  'Hanna',
  'Ida',
  'Jan',
  'Karl',
  'Lena',
  'Marta',
  'Nora',
  'Otto',
  'Jürgen',
  'Łukasz',
  'Åsa',
  'Żaneta',
  'Björn',
  'Zoë',
  'נועה',
  'José',
]
const lastNames = [
  'Weber',
  'Schmidt',
  'Nowak',
  'Andersson',
  'Fischer',
  'Wagner',
  'Becker',
  'Hoffmann',
  'Koch',
  'Richter',
  'Klein',
  'Wolf',
  'Larsson',
  'Müller',
  'Schäfer',
  'Kowalski',
  'Wójcik',
  'Sjöström',
  'Ångström',
  'כהן',
  'Núñez',
  'Großmann',
  'Brøndum',
]
const topics = [
  'website',
  'relaunch',
  'service',
  'contract',
  'renewal',
  'delivery',
  'machine',
  'office',
  'software',
  'support',
  'training',
  'audit',
  'maintenance',
  'conveyor',
  'pump',
  'license',
  'server',
  'network',
  'printer',
  'pallet',
  'cooling',
  'packaging',
  'forklift',
  'solar',
]
const syllables = Array.from('bdfgklmnprstvz', (consonant) => Array.from('aeiou', (vowel) => consonant + vowel)).flat()

/** Text of the n-th word of all; 0 is the commonest. */
const wordSql = (n: string): string =>
  `(s.y[1 + (${n}) % 70] || s.y[1 + (${n}) / 70 % 70] || CASE WHEN (${n}) >= 4900 THEN s.y[1 + (${n}) / 4900 % 70] ELSE '' END)`
export function wordAt(n: number): string {
  const places = n >= 4900 ? [n, n / 70, n / 4900] : [n, n / 70]
  return places.map((place) => syllables[Math.trunc(place) % 70] ?? '').join('')
}
const differentWords = 20_000
/** As words are spread in what people write: half of all are a few hundred. */
const someWord = `floor(power(${String(differentWords)}, random()))::int`

export async function openBigOffice(db: TestDatabase, slug: string, entries: number): Promise<BigOffice> {
  const domain = `${slug}.example` as DomainName
  const user = (
    name: string,
    role: 'admin' | 'reviewer' | 'salesperson',
  ): { email: AddressKey; name: string; role: typeof role; otherAddresses: [] } => ({
    email: `${name}@${domain}` as AddressKey,
    name,
    role,
    otherAddresses: [],
  })
  const users = [
    user('ada', 'admin'),
    user('bernd', 'reviewer'),
    ...Array.from({ length: salespersons }, (_, n) => user(`user${String(n)}`, 'salesperson')),
  ]
  await storeTenants(db.database, [{ slug, name: slug.toUpperCase(), hostNames: [{ name: domain, subdomains: false }], users }])
  const [row] = await db.owner<{ id: TenantId }>('SELECT id FROM tenant WHERE slug = $1', [slug])
  const tenant = row?.id ?? newId<TenantId>()
  const leads = Math.ceil(entries / 10)
  const size = {
    entries,
    leads,
    companies: Math.ceil(entries / 50),
    persons: Math.ceil(entries / 20),
    openQuestions: Math.ceil(entries / 10),
  }
  await seedRecords(db, tenant, size)
  await db.owner(`SET session_replication_role = replica`)
  await seedTexts(db)
  const mails = entries + size.openQuestions
  for (let from = 0; from < mails; from += batchMails)
    await seedMails(db, tenant, { from, to: Math.min(from + batchMails, mails), entries, leads, domain })
  await db.owner(`SET session_replication_role = origin`)
  // Of years: what was added has been looked at, and all is searchable.
  await db.owner('DELETE FROM addition WHERE tenant_id = $1', [tenant])
  await db.owner(`INSERT INTO search_progress (tenant_id, seen, filled) VALUES ($1, pg_current_snapshot(), true)`, [tenant])
  return {
    tenant,
    slug,
    entries,
    openQuestions: size.openQuestions,
    leads,
    contactPersons: size.persons,
    bigLead: '10001',
    bigLeadEntries: Math.ceil(entries / 100),
  }
}

interface Size {
  readonly leads: number
  readonly companies: number
  readonly persons: number
}

/** Those of one company are those whose place has the company's place as its remainder. */
async function seedRecords(db: TestDatabase, tenant: TenantId, { leads, companies, persons }: Size): Promise<void> {
  await db.owner(`DROP TABLE IF EXISTS bench_company, bench_person, bench_lead`)
  await db.owner(
    `CREATE TEMP TABLE bench_company AS SELECT i, uuidv7() AS id,
       initcap(${wordSql('100 + i % 15000')}) || ' ' || initcap(($2::text[])[1 + floor(24 * random() ^ 2)::int]) || ' ' || (ARRAY['AG', 'GmbH', 'Ltd', 'AB', 'Sp. z o.o.'])[1 + floor(5 * random() ^ 2)::int] AS name
     FROM generate_series(0, $1::int - 1) i, (SELECT $3::text[] AS y) s`,
    [companies, topics, syllables],
  )
  await db.owner(
    `CREATE TEMP TABLE bench_person AS SELECT i, uuidv7() AS id, ($2::text[])[1 + floor(23 * random())::int] || ' ' || ($3::text[])[1 + floor(23 * random())::int] AS name,
       'person' || i || '@c' || i % $4::int || '.example' AS address FROM generate_series(0, $1::int - 1) i`,
    [persons, firstNames, lastNames, companies],
  )
  await db.owner(
    `CREATE TEMP TABLE bench_lead AS SELECT i, uuidv7() AS id, (10001 + i)::text AS number,
       initcap(($2::text[])[1 + floor(24 * random() ^ 2)::int]) || ' ' || ($2::text[])[1 + floor(24 * random() ^ 2)::int] || ' ' || ${wordSql('floor(15000 * random() ^ 2)::int')} AS name
     FROM generate_series(0, $1::int - 1) i, (SELECT $3::text[] AS y) s`,
    [leads, topics, syllables],
  )
  for (const table of ['bench_company', 'bench_person', 'bench_lead']) await db.owner(`CREATE UNIQUE INDEX ON ${table} (i)`)
  await db.owner(
    `INSERT INTO company (tenant_id, id, key, name, name_key) SELECT $1, id, 'c' || i, name, ${keySql('name')} FROM bench_company`,
    [tenant],
  )
  await db.owner(
    `INSERT INTO contact_person (tenant_id, id, key, company_id, name, name_key)
     SELECT $1, p.id, 'p' || p.i, c.id, p.name, ${keySql('p.name')} FROM bench_person p JOIN bench_company c ON c.i = p.i % $2::int`,
    [tenant, companies],
  )
  await db.owner(
    `INSERT INTO contact_address (tenant_id, address_key, contact_person_id, address) SELECT $1, address, id, address FROM bench_person`,
    [tenant],
  )
  await db.owner(
    `INSERT INTO lead (tenant_id, id, number, name, name_key, company_id, status, owner_id)
     SELECT $1, l.id, l.number, l.name, ${keySql('l.name')}, c.id, (ARRAY['open', 'won', 'lost', 'closed'])[1 + l.i % 4], u.id
     FROM bench_lead l JOIN bench_company c ON c.i = l.i % $2::int
       JOIN (SELECT id, row_number() OVER () - 1 AS i FROM user_account WHERE tenant_id = $1) u ON u.i = l.i % $3::int`,
    [tenant, companies, salespersons],
  )
}

const keySql = (name: string): string =>
  `trim(regexp_replace(translate(replace(lower(${name}), 'ß', 'ss'), 'äöüåłøóéñëżú', 'aouaolooeneezu'), '[^[:alnum:]]+', ' ', 'g'))`

async function seedTexts(db: TestDatabase): Promise<void> {
  await db.owner('DROP TABLE IF EXISTS bench_text')
  await db.owner(
    `CREATE TEMP TABLE bench_text AS SELECT i, string_agg(word, ' ') AS text, array_agg(DISTINCT word) AS words
     FROM (SELECT i, ${wordSql('n')} AS word FROM (SELECT i, ${someWord} AS n FROM generate_series(0, $1::int - 1) i, generate_series(1, 60)) x,
       (SELECT $2::text[] AS y) s) w GROUP BY i`,
    [texts, syllables],
  )
  await db.owner('CREATE UNIQUE INDEX ON bench_text (i)')
}

interface Mails {
  readonly from: number
  readonly to: number
  /** The first so many stand in histories, the rest wait. */
  readonly entries: number
  readonly leads: number
  readonly domain: string
}

/** One in a hundred stands at the first lead; of the others the first have most. */
async function seedMails(db: TestDatabase, tenant: TenantId, { from, to, entries, leads, domain }: Mails): Promise<void> {
  await db.owner('DROP TABLE IF EXISTS bench_mail')
  await db.owner(
    `CREATE TEMP TABLE bench_mail AS
     SELECT n.*, $7::uuid AS tenant_id, uuidv7(at - now()) AS mail_id, uuidv7(at - now()) AS entry_id, uuidv7(at - now()) AS delivery_id, uuidv7(at - now()) AS message_id,
       l.id AS lead_id, l.number, p.id AS person_id, p.name AS person, p.address, t.text, t.words, 'user' || n.n % ${String(salespersons)} || '@' || $5::text AS sender,
       lower(l.name) || ' mail' || n.n AS subject, n.n >= $3::int AS waits, n.n % 10 = 0 AND n.n < $3::int AS was_asked
     FROM (SELECT n, now() - ($4::int - n) * (interval '3 years' / $4::int) AS at,
             CASE WHEN n % 100 = 0 THEN 0 ELSE 1 + floor(($6::int - 1) * power(random(), 2))::int END AS lead_i
           FROM generate_series($1::int, $2::int - 1) n) n
       JOIN bench_lead l ON l.i = least(n.lead_i, $6::int - 1)
       JOIN bench_person p ON p.i = (l.i % (SELECT count(*) FROM bench_company) + (SELECT count(*) FROM bench_company) * (n.n % 2)) % (SELECT count(*) FROM bench_person)
       JOIN bench_text t ON t.i = n.n % ${String(texts)}`,
    [from, to, entries, Math.round(entries * 1.1), domain, leads, tenant],
  )
  for (const statement of mailStatements) await db.owner(statement)
}

const reasons = `CASE m.n % 5 WHEN 0 THEN ARRAY['ambiguous'] WHEN 1 THEN ARRAY['unauthenticatedSender'] WHEN 2 THEN ARRAY['contradiction', 'outsideReply'] ELSE ARRAY['unmatched'] END`

const mailStatements: readonly string[] = [
  `INSERT INTO inbound_message (id, channel, received_at, bytes, sha256, reverse_path, forward_paths, from_trusted_network)
   SELECT message_id, 'smtp', at, 4096, encode(sha256(mail_id::text::bytea), 'hex'), sender, '{crm@localhost}', true FROM bench_mail`,
  `INSERT INTO delivery (id, message_id, tenant_id, state, due_at, settled_at, lead_id, mail_id, trace)
   SELECT delivery_id, message_id, tenant_id, CASE WHEN waits THEN 'inReview' ELSE 'appended' END, at, at, CASE WHEN NOT waits THEN lead_id END, mail_id, '{"stages": []}' FROM bench_mail`,
  `INSERT INTO mail (tenant_id, id, content_fingerprint, message_id, message_id_hash, subject, from_address, from_name, direction, occurred_at, received_at, newest_text, text, defects, earlier)
   SELECT tenant_id, mail_id, mail_id::text, '<' || mail_id || '@bench.example>', substring(sha256(mail_id::text::bytea) for 16), subject,
     CASE WHEN n % 4 = 0 THEN address ELSE sender END, CASE WHEN n % 4 = 0 THEN person END, CASE WHEN n % 4 = 0 THEN 'inbound' ELSE 'outbound' END, at, at, text, text, '[]', '{}' FROM bench_mail`,
  `INSERT INTO participant (tenant_id, mail_id, position, role, address, address_key, name, contact_person_id)
   SELECT tenant_id, mail_id, x.p, CASE x.p WHEN 0 THEN 'from' WHEN 1 THEN 'to' ELSE 'cc' END, x.a, x.a, CASE WHEN x.a = address THEN person END, CASE WHEN x.a = address THEN person_id END
   FROM bench_mail, LATERAL (VALUES (0, CASE WHEN n % 4 = 0 THEN address ELSE sender END), (1, CASE WHEN n % 4 = 0 THEN sender ELSE address END), (2, 'someone' || n % 5000 || '@other.example')) AS x(p, a)`,
  `INSERT INTO capture (tenant_id, delivery_id, mail_id, address, channel, at) SELECT tenant_id, delivery_id, mail_id, sender, 'smtp', at FROM bench_mail`,
  `INSERT INTO attachment_blob (tenant_id, sha256, bytes, content) SELECT DISTINCT tenant_id, repeat(to_hex(i), 64), 100, 'x'::bytea FROM bench_mail, generate_series(0, 9) i ON CONFLICT DO NOTHING`,
  `INSERT INTO attachment (tenant_id, mail_id, position, file_name, media_type, bytes, sha256, inline)
   SELECT tenant_id, mail_id, 0, 'offer' || n || '.pdf', 'application/pdf', 100, repeat(to_hex(n % 10), 64), false FROM bench_mail WHERE n % 7 = 0`,
  `INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction, has_files)
   SELECT tenant_id, entry_id, 'mail', lead_id, mail_id, at, at, jsonb_build_array(jsonb_build_object('code', 'leadNumberInSubject', 'detail', number, 'for', true)),
     CASE WHEN was_asked THEN sender ELSE 'rule' END, CASE WHEN n % 4 = 0 THEN 'inbound' ELSE 'outbound' END, n % 7 = 0 FROM bench_mail WHERE NOT waits`,
  `INSERT INTO mail_search (tenant_id, mail_id, occurred_at, document)
   SELECT tenant_id, mail_id, at, array_to_tsvector(words || ARRAY['t:' || right(tenant_id::text, 12), 'l:' || right(lead_id::text, 12), 'mail' || n, sender, address] || string_to_array(${keySql('person')}, ' '))
   FROM bench_mail WHERE NOT waits`,
  `INSERT INTO confirmation (tenant_id, id, mail_id, reasons, candidates, evidence, opened_at, settled_at, settled_by, answer, from_address, thread_key, candidate_leads, search_key, asks)
   SELECT m.tenant_id, uuidv7(m.at - now()), m.mail_id, ${reasons}, jsonb_build_array(jsonb_build_object('leadId', m.lead_id, 'number', m.number, 'evidence', e.one), jsonb_build_object('leadId', o.id, 'number', o.number, 'evidence', e.one)),
     '[]', m.at, CASE WHEN NOT m.waits THEN m.at + interval '1 hour' END, CASE WHEN NOT m.waits THEN m.sender END,
     CASE WHEN NOT m.waits THEN jsonb_build_object('kind', 'append', 'leadId', m.lead_id, 'entryId', m.entry_id) END, m.sender, substring(sha256(m.mail_id::text::bytea) for 16),
     ARRAY[m.lead_id, o.id], m.subject || ' ' || ${keySql('m.sender')} || ' ' || ${keySql('m.person')} || ' ' || ${keySql('m.address')},
     CASE WHEN m.waits THEN ARRAY(SELECT hashtextextended(asked, 0) FROM unnest(ARRAY[m.address, 'someone' || m.n % 5000] || string_to_array(m.subject, ' ')) AS a(asked)) END
   FROM bench_mail m JOIN bench_lead o ON o.i = m.n % (SELECT count(*) FROM bench_lead),
     LATERAL (SELECT jsonb_build_array(jsonb_build_object('code', 'recipientIsContactPerson', 'detail', m.address, 'for', true)) AS one) e WHERE m.waits OR m.was_asked`,
  `INSERT INTO audit_entry (tenant_id, id, at, actor, action, subject, detail)
   SELECT tenant_id, uuidv7(at - now()), at, CASE WHEN was_asked THEN sender ELSE 'rule' END, CASE WHEN waits THEN 'confirmationOpened' WHEN was_asked THEN 'confirmationConfirmed' ELSE 'mailAppended' END, mail_id::text,
     jsonb_build_object('entryId', entry_id, 'leadId', lead_id) FROM bench_mail`,
]

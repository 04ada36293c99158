import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LoadedTenant } from '../../src/crm/loaded-tenant.ts'
import type { DomainName } from '../../src/mail/address.ts'
import { findTenantsByDomain } from '../../src/store/host-names.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await openTestDatabase()
})
afterAll(async () => {
  await db.close()
})

const host = (name: string, subdomains = false) => ({ name: name as DomainName, subdomains })

function tenant(slug: string): LoadedTenant {
  return {
    slug,
    name: 'XYZ GmbH',
    locale: 'de',
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    hostNames: [host(`${slug}.example`), host(`${slug}.test`, true)],
    policy: { unauthenticatedSender: 'refuse', neverLog: ['boss@client.example', 'lawyer.example'] },
    users: [{ email: `Anna@${slug}.example`, name: 'Anna Arndt', role: 'salesperson', otherAddresses: ['anna@home.example'] }],
    companies: [{ key: 'acme', name: 'ACME AG', taxNumber: '5261040828' }],
    contactPersons: [{ key: 'eva', company: 'acme', name: 'Eva Muster', addresses: ['Eva@acme.example', 'e.muster@ACME.example'] }],
    leads: [
      {
        number: '11111',
        name: 'Website Relaunch',
        company: 'acme',
        status: 'open',
        owner: `anna@${slug}.example`,
        keyPlayers: [{ contactPerson: 'eva', role: 'decision maker' }],
        quotes: [{ number: '1024' }],
      },
    ],
  }
}

/** Everything of one tenant, as the owner sees it. */
async function stored(slug: string): Promise<Record<string, unknown[]>> {
  const [row] = await db.owner<{ id: string }>('SELECT id FROM tenant WHERE slug = $1', [slug])
  const all: Record<string, unknown[]> = { tenant: await db.owner('SELECT * FROM tenant WHERE slug = $1', [slug]) }
  const tables = [
    'host_name',
    'user_account',
    'user_address',
    'never_log_rule',
    'company',
    'contact_person',
    'contact_address',
    'lead',
    'key_player',
    'quote',
    'audit_entry',
  ]
  for (const table of tables) all[table] = await db.owner(`SELECT * FROM ${table} t WHERE tenant_id = $1 ORDER BY t::text`, [row?.id])
  return all
}

const counts = (created: number, updated: number, unchanged: number) => ({ created, updated, unchanged })

test('everything named is there afterwards, addresses and names in their canonical form', async () => {
  const summary = await storeTenants(db.database, [tenant('first')])
  expect(summary.leads).toEqual(counts(1, 0, 0))
  const all = await stored('first')
  expect(all['tenant']).toMatchObject([
    { locale: 'de', time_zone: 'Europe/Berlin', unauthenticated_sender: 'refuse', internal_mail: 'numbered' },
  ])
  expect(all['user_account']).toMatchObject([{ email: 'anna@first.example', role: 'salesperson' }])
  expect(all['contact_address']).toMatchObject([
    { address_key: 'e.muster@acme.example' },
    { address_key: 'eva@acme.example', address: 'Eva@acme.example' },
  ])
  expect(all['lead']).toMatchObject([{ number: '11111', name_key: 'website relaunch', status: 'open' }])
  expect(all['key_player']).toMatchObject([{ role: 'decision maker' }])
  expect(all['never_log_rule']).toHaveLength(2)
  expect(all['host_name']).toMatchObject([{ vouched_for: true }, { vouched_for: true }])
})

test('loading the same file again changes nothing', async () => {
  await storeTenants(db.database, [tenant('again')])
  const before = await stored('again')
  const summary = await storeTenants(db.database, [tenant('again')])
  expect(Object.values(summary)).toEqual([
    counts(0, 0, 1),
    counts(0, 0, 2),
    counts(0, 0, 1),
    counts(0, 0, 1),
    counts(0, 0, 1),
    counts(0, 0, 1),
  ])
  expect(await stored('again')).toEqual(before)
})

test('what is not named stays as it is', async () => {
  await storeTenants(db.database, [tenant('partial')])
  const before = await stored('partial')
  await storeTenants(db.database, [
    {
      slug: 'partial',
      hostNames: [host('more.partial.test')],
      users: [{ email: 'anna@partial.example', role: 'admin' }],
      companies: [{ key: 'beta' }],
      contactPersons: [{ key: 'eva', name: 'Eva Meister' }],
      leads: [{ number: '11111', status: 'won' }, { number: '22222' }],
    },
  ])
  const after = await stored('partial')
  expect(after['tenant']).toEqual(before['tenant'])
  expect(after['host_name']).toHaveLength(3)
  expect(after['user_account']).toMatchObject([{ name: 'Anna Arndt', role: 'admin' }])
  for (const table of ['user_address', 'never_log_rule', 'contact_address', 'key_player', 'quote'])
    expect(after[table], table).toEqual(before[table])
  expect(after['contact_person']).toMatchObject([{ name: 'Eva Meister' }])
  const byNumber = Object.fromEntries((after['lead'] as { number: string }[]).map((lead) => [lead.number, lead]))
  expect(byNumber).toMatchObject({
    '11111': { name: 'Website Relaunch', status: 'won', owner_id: expect.any(String) as string },
    '22222': { name: '', status: 'open', company_id: null },
  })
})

test('a list that is the value of a record is replaced', async () => {
  await storeTenants(db.database, [tenant('lists')])
  await storeTenants(db.database, [
    {
      slug: 'lists',
      policy: { neverLog: ['lawyer.example', 'new.example'] },
      users: [{ email: 'anna@lists.example', otherAddresses: [] }],
      contactPersons: [{ key: 'eva', addresses: ['eva@new.example'] }],
      leads: [{ number: '11111', keyPlayers: [] }],
    },
  ])
  const after = await stored('lists')
  expect((after['never_log_rule'] as { pattern: string }[]).map(({ pattern }) => pattern).toSorted()).toEqual([
    'lawyer.example',
    'new.example',
  ])
  expect(after['user_address']).toEqual([])
  expect(after['contact_address']).toMatchObject([{ address_key: 'eva@new.example' }])
  expect(after['key_player']).toEqual([])
  expect(after['quote']).toHaveLength(1)
})

test('a host name or a user of another tenant is a mistake with its path, and nothing of the file is kept', async () => {
  await storeTenants(db.database, [tenant('holder')])
  const file: LoadedTenant[] = [
    { ...tenant('innocent') },
    {
      ...tenant('taker'),
      hostNames: [host('taker.example'), host('holder.example')],
      users: [{ email: 'ANNA@holder.example' }],
      leads: [],
    },
  ]
  const failure = await storeTenants(db.database, file).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'inputInvalid' })
  expect((failure as Error).message.split('\n').slice(1)).toEqual([
    'tenants[1].hostNames[1]: the host name "holder.example" belongs to the tenant "holder"',
    'tenants[1].users[0].email: the address "anna@holder.example" belongs to the tenant "holder"',
  ])
  expect(await db.owner(`SELECT slug FROM tenant WHERE slug IN ('innocent', 'taker')`)).toEqual([])
})

test('a quote of another lead is a mistake with its path: its mail must not go astray', async () => {
  await storeTenants(db.database, [tenant('quotes')])
  const before = await stored('quotes')
  const load = storeTenants(db.database, [
    { slug: 'quotes', leads: [{ number: '22222', quotes: [{ number: '1030' }, { number: '1024' }] }] },
  ])
  await expect(load).rejects.toThrow('tenants[0].leads[0].quotes[1].number: the quote "1024" belongs to another lead')
  expect(await stored('quotes')).toEqual(before)
})

test('what refers to nothing is told with its path, every one of them', async () => {
  const failure = await storeTenants(db.database, [
    {
      slug: 'dangling',
      companies: [{ key: 'acme' }],
      contactPersons: [{ key: 'eva', company: 'acme' }],
      leads: [
        {
          number: '1',
          company: 'none',
          owner: 'nobody@dangling.example',
          keyPlayers: [{ contactPerson: 'eva' }, { contactPerson: 'adam' }],
        },
      ],
    },
    { slug: 'dangling-two', contactPersons: [{ key: 'eva' }, { key: 'adam', company: 'acme' }] },
  ]).catch((error: unknown) => error)
  expect((failure as Error).message.split('\n').slice(1)).toEqual([
    'tenants[0].leads[0].company: there is no company with the key "none"',
    'tenants[0].leads[0].owner: there is no user "nobody@dangling.example"',
    'tenants[0].leads[0].keyPlayers[1].contactPerson: there is no contact person with the key "adam"',
    'tenants[1].contactPersons[0].company: a new contact person needs a company',
    'tenants[1].contactPersons[1].company: there is no company with the key "acme"',
  ])
  expect(await db.owner(`SELECT slug FROM tenant WHERE slug LIKE 'dangling%'`)).toEqual([])
})

test('one address of two users of a tenant is a mistake', async () => {
  await storeTenants(db.database, [tenant('shared')])
  const second: LoadedTenant = { slug: 'shared', users: [{ email: 'ben@shared.example', otherAddresses: ['anna@home.example'] }] }
  await expect(storeTenants(db.database, [second])).rejects.toThrow(/tenants\[0\]\.users\[0\]\.otherAddresses\[0\]/)
})

test('two loads of the same new tenant at once make one tenant', async () => {
  await Promise.all([storeTenants(db.database, [tenant('twice')]), storeTenants(db.database, [tenant('twice')])])
  const all = await stored('twice')
  expect(all['tenant']).toHaveLength(1)
  expect(all['lead']).toHaveLength(1)
})

test('thousands of records are a few statements', { timeout: 60_000 }, async () => {
  const many = Array.from({ length: 12_000 }, (_, index) => String(index + 1))
  const started = Date.now()
  const summary = await storeTenants(db.database, [
    {
      slug: 'many',
      companies: many.map((key) => ({ key, name: `Company ${key}` })),
      contactPersons: many.map((key) => ({ key, company: key, addresses: [`p${key}@client.example`] })),
      leads: many.map((number) => ({ number, name: `Lead ${number}`, company: number, keyPlayers: [{ contactPerson: number }] })),
    },
  ])
  expect(summary.leads.created).toBe(12_000)
  expect(Date.now() - started).toBeLessThan(30_000)
})

test('a host name counts at once, with its sub-domains where they are named', async () => {
  await storeTenants(db.database, [tenant('hosts')])
  const asked = ['hosts.example', 'mail.hosts.example', 'hosts.test', 'a.b.hosts.test', 'test', 'nothosts.test'] as DomainName[]
  const found = await findTenantsByDomain(db.database, asked)
  expect([...found.keys()]).toEqual(['hosts.example', 'hosts.test', 'a.b.hosts.test'])
  expect(found.get('hosts.test' as DomainName)).toMatchObject({
    slug: 'hosts',
    policy: { unauthenticatedSender: 'refuse', internalMail: 'numbered', onlyOpenLead: 'confirm' },
  })
})

test('what only its lists change is told as updated', async () => {
  const before = tenant('lists')
  await storeTenants(db.database, [before])
  const [user] = before.users ?? []
  const [person] = before.contactPersons ?? []
  const [lead] = before.leads ?? []
  const slug = 'lists'
  const updated = async (change: Omit<LoadedTenant, 'slug'>, kind: 'users' | 'contactPersons' | 'leads' | 'tenants'): Promise<unknown> =>
    (await storeTenants(db.database, [{ slug, ...change }]))[kind]
  if (user === undefined || person === undefined || lead === undefined) throw new Error('the tenant has one of each')
  expect(await updated({ users: [{ ...user, otherAddresses: ['anna@cabin.example'] }] }, 'users')).toEqual(counts(0, 1, 0))
  expect(await updated({ users: [{ ...user, otherAddresses: ['Anna@cabin.example'] }] }, 'users')).toEqual(counts(0, 0, 1))
  expect(await updated({ contactPersons: [{ ...person, addresses: ['eva@acme.example'] }] }, 'contactPersons')).toEqual(counts(0, 1, 0))
  expect(await updated({ leads: [{ ...lead, keyPlayers: [{ contactPerson: 'eva', role: 'sponsor' }] }] }, 'leads')).toEqual(counts(0, 1, 0))
  expect(await updated({ leads: [{ ...lead, quotes: [{ number: '1024' }, { number: '2048' }], keyPlayers: undefined }] }, 'leads')).toEqual(
    counts(0, 1, 0),
  )
  expect(await updated({ policy: { neverLog: ['lawyer.example'] } }, 'tenants')).toEqual(counts(0, 1, 0))
  expect(await updated({ policy: { neverLog: ['lawyer.example'] } }, 'tenants')).toEqual(counts(0, 0, 1))
})

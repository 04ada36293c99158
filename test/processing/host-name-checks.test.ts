import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { checkAgainMs, checkEveryMs, graceMs, missingAnswersMin, proofRecord } from '../../src/crm/host-proof.ts'
import { openLog } from '../../src/log.ts'
import type { DomainName } from '../../src/mail/address.ts'
import { openDnsResolver, type DnsResolver } from '../../src/processing/dns-resolver.ts'
import { openHostNameChecks, type HostNameChecks } from '../../src/processing/host-name-checks.ts'
import { verifyHostName, type CheckedClaim } from '../../src/processing/host-name-proof.ts'
import { addHostClaim, listHostNames, type HostNameJson } from '../../src/store/host-claims.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { openDnsZone, type DnsZone, type Trouble, type ZoneName } from '../../src/verbs/dns-zone.ts'

const start = new Date('2026-11-02T09:00:00Z')
let db: TestDatabase
let zone: DnsZone
let name: DomainName
let names = 0
let now: Date
/** Of the resolver's clock alone, so that each look-up asks the server. */
let elapsedMs = 0
let nudges: number
let dns: DnsResolver
let checks: HostNameChecks

beforeAll(async () => {
  db = await openTestDatabase()
  zone = await openDnsZone()
  await storeTenants(db.database, [{ slug: 'ours' }, { slug: 'theirs' }])
})
afterAll(async () => {
  await zone.close()
  await db.close()
})
beforeEach(async () => {
  await db.owner('DELETE FROM host_claim')
  await db.owner('DELETE FROM host_name')
  names += 1
  name = `n${names}.example` as DomainName
  zone.serve({})
  now = start
  dns = openDnsResolver({ servers: [zone.server], timeoutMs: 150, triesMax: 1, now: () => (elapsedMs += 24 * 3_600_000) })
  nudges = 0
  const nudge = (): void => void (nudges += 1)
  checks = openHostNameChecks({ database: db.database, dns, log: openLog('silent'), nudge, lookEveryMs: 3_600_000, now: () => now })
  await checks.checkDue()
})
afterEach(async () => {
  dns.close()
  await checks.close()
})

/** Adds the name and answers the value that proves it. */
async function added(tenant: string): Promise<string> {
  return (await addHostClaim(db.database, tenant, { name, subdomains: null, actor: 'operator' })).record.value
}

function serveTxt(txt: readonly string[] | Trouble, more: Record<string, ZoneName> = {}): void {
  zone.serve({ [proofRecord(name, '').name]: { TXT: txt }, ...more })
}

async function verify(slug: string | null = null): Promise<CheckedClaim[]> {
  return await verifyHostName(db.database, dns, { name, slug, at: now, actor: 'operator' })
}

async function only(checked: Promise<CheckedClaim[]>): Promise<CheckedClaim> {
  const [one, ...more] = await checked
  if (one === undefined || more.length > 0) throw new Error('there is one claim')
  return one
}

async function state(tenant = 'ours'): Promise<HostNameJson['state'] | undefined> {
  return (await listHostNames(db.database, tenant))[0]?.state
}

test('a record that is there proves the name, beside others, in pieces, and with the quotation marks that somebody typed', async () => {
  const value = await added('ours')
  for (const records of [[value], ['v=spf1 -all', value], [`"${value}"`], [` ${value.toUpperCase()} `]]) {
    serveTxt(records)
    expect(await only(verify())).toMatchObject({ finding: 'found', outcome: { counts: true }, values: [] })
  }
})

test.each<[string, readonly string[] | Trouble | null, object]>([
  ['no such name', null, { finding: 'missing', values: [], trouble: null }],
  ['a name without TXT records', [], { finding: 'missing', values: [], trouble: null }],
  ['another value', ['leadpost-verification=0000'], { finding: 'wrongValue', values: ['leadpost-verification=0000'], trouble: null }],
  ['silence', 'TIMEOUT', { finding: 'unknown', values: [], trouble: 'ETIMEOUT' }],
  ['a server that fails', 'SERVFAIL', { finding: 'unknown', values: [], trouble: 'ESERVFAIL' }],
  ['a server that refuses', 'REFUSED', { finding: 'unknown', values: [], trouble: 'EREFUSED' }],
])('%s proves nothing, and is told from the others', async (_name, txt, expected) => {
  await added('ours')
  if (txt !== null) serveTxt(txt)
  expect(await only(verify())).toMatchObject({ ...expected, outcome: { counts: false, change: null } })
  expect(await state()).toBe('unproven')
})

test('a record in the wrong place does not count; it is said where it stands', async () => {
  const value = await added('ours')
  zone.serve({ [name]: { TXT: ['v=spf1 -all', value] } })
  expect(await only(verify())).toMatchObject({ finding: 'misplaced', foundAt: name, outcome: { counts: false } })
  const doubled = `_leadpost.${name}.${name}`
  zone.serve({ [doubled]: { TXT: [value] } })
  expect(await only(verify())).toMatchObject({ finding: 'misplaced', foundAt: doubled, outcome: { counts: false } })
})

test("another tenant's record proves nothing for this one", async () => {
  await added('ours')
  const theirs = await added('theirs')
  serveTxt([theirs])
  const [ours, other] = await verify()
  expect([ours, other]).toMatchObject([
    { claim: { tenant: 'ours' }, finding: 'wrongValue', outcome: { counts: false } },
    { claim: { tenant: 'theirs' }, finding: 'found', outcome: { counts: true } },
  ])
})

test('records of two tenants: a person says whose it is; from then on it stays there', async () => {
  serveTxt([await added('ours'), await added('theirs')])
  await expect(verify()).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('--tenant') as string })
  expect([await state('ours'), await state('theirs')]).toEqual(['unproven', 'unproven'])
  expect(await only(verify('theirs'))).toMatchObject({ outcome: { change: 'proven' } })
  expect(await only(verify('ours'))).toMatchObject({ finding: 'found', outcome: { change: 'heldByOther', counts: false } })
  expect(await verify()).toMatchObject([{ outcome: { counts: false } }, { outcome: { counts: true } }])
})

test('a name that nobody added is not looked up', async () => {
  const before = zone.asked.length
  await expect(verify()).rejects.toMatchObject({ code: 'notFound' })
  expect(zone.asked.length).toBe(before)
})

async function pass(ms: number): Promise<number> {
  now = new Date(now.getTime() + ms)
  return await checks.checkDue()
}

test('a proven name is looked up again after a day, and not before', async () => {
  serveTxt([await added('ours')])
  await verify()
  expect(await pass(checkEveryMs - 1)).toBe(0)
  expect(await pass(1)).toBe(1)
  expect(await pass(0)).toBe(0)
  expect(await state()).toBe('proven')
})

test('a record that stays away for the grace time makes the name unproven; back again, it proves it anew', async () => {
  const value = await added('ours')
  serveTxt([value])
  await verify()
  zone.serve({})
  expect(await pass(checkEveryMs)).toBe(1)
  expect(await state()).toBe('proofMissing')
  const goneAt = now.getTime()
  while (now.getTime() + checkAgainMs < goneAt + graceMs) expect(await pass(checkAgainMs)).toBe(1)
  expect(await state()).toBe('proofMissing')
  await pass(checkAgainMs)
  expect(await state()).toBe('unproven')
  const trail = await db.owner(`SELECT actor FROM audit_entry WHERE subject = $1 AND action = 'hostNameProofLapsed'`, [name])
  expect(trail).toEqual([{ actor: 'rule' }])
  serveTxt([value])
  expect(await pass(checkEveryMs)).toBe(1)
  expect(await state()).toBe('proven')
})

test('a program that slept through the grace time does not judge by its first answers', async () => {
  serveTxt([await added('ours')])
  await verify()
  zone.serve({})
  await pass(checkEveryMs)
  await pass(5 * graceMs)
  expect(await state()).toBe('proofMissing')
  const missed = nudges
  expect(missed).toBeGreaterThan(0)
  for (let answers = 2; answers < missingAnswersMin; answers += 1) await pass(checkAgainMs)
  expect(await state()).toBe('unproven')
  expect(nudges).toBeGreaterThan(missed)
})

test.each<Trouble>(['SERVFAIL', 'REFUSED', 'TIMEOUT'])('%s for weeks leaves the name proven', async (trouble) => {
  serveTxt([await added('ours')])
  await verify()
  serveTxt(trouble)
  for (let week = 1; week <= 4; week += 1) expect(await pass(graceMs)).toBe(1)
  expect(await state()).toBe('proven')
})

test('many names are all looked up in one go, each once', async () => {
  await db.owner(
    `INSERT INTO host_claim (tenant_id, name, token, next_check_at)
     SELECT id, 'many' || n || '.example', 'x', $1 FROM tenant, generate_series(1, 35) n WHERE slug = 'ours'`,
    [start],
  )
  expect(await pass(1)).toBe(35)
})

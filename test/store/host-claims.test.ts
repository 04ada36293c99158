import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { checkAgainMs, checkEveryMs, graceMs, missingAnswersMin, type ProofFinding } from '../../src/crm/host-proof.ts'
import type { TenantId } from '../../src/crm/ids.ts'
import type { DomainName } from '../../src/mail/address.ts'
import {
  addHostClaim,
  findHostClaims,
  hostClaimsMax,
  listHostNames,
  recordHostCheck,
  removeHostName,
  takeDueHostClaims,
  type HostCheck,
} from '../../src/store/host-claims.ts'
import { findTenantsByDomain } from '../../src/store/host-names.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { findTenantId } from '../../src/store/tenants.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

const start = new Date('2026-11-02T09:00:00Z')
const after = (ms: number): Date => new Date(start.getTime() + ms)
let db: TestDatabase
let name: DomainName
let names = 0

beforeAll(async () => {
  db = await openTestDatabase()
  await storeTenants(db.database, [{ slug: 'ours' }, { slug: 'theirs' }])
})
afterAll(() => db.close())
beforeEach(() => {
  names += 1
  name = `name-${names}.example` as DomainName
})

const add = (tenant: string, subdomains: boolean | null = null) =>
  addHostClaim(db.database, tenant, { name, subdomains, actor: 'operator' })

async function check(tenant: string, finding: ProofFinding, at = start): Promise<HostCheck> {
  const [claim] = await findHostClaims(db.database, name, tenant)
  if (claim === undefined) throw new Error('there is no claim')
  return await recordHostCheck(db.database, claim, { finding, at, actor: 'operator' })
}

async function holder(domain: string = name): Promise<string | null> {
  return (await findTenantsByDomain(db.database, [domain as DomainName])).get(domain as DomainName)?.slug ?? null
}

const listed = async (tenant: string) => (await listHostNames(db.database, tenant)).find((each) => each.name === name)

async function audited(tenant: string): Promise<string[]> {
  const id: TenantId = await findTenantId(db.database, tenant)
  const rows = await db.owner<{ action: string }>('SELECT action FROM audit_entry WHERE tenant_id = $1 AND subject = $2 ORDER BY at, id', [
    id,
    name,
  ])
  return rows.map(({ action }) => action)
}

describe('a claim', () => {
  test('does not count, whatever it says', async () => {
    expect(await add('ours', true)).toMatchObject({ counts: false, heldByOther: false, record: { name: `_leadpost.${name}` } })
    expect([await holder(), await holder(`mail.${name}`)]).toEqual([null, null])
    expect(await listed('ours')).toMatchObject({ state: 'unproven', counts: false, provenAt: null, finding: null })
  })

  test('keeps its record from one call to the next, and every tenant gets another', async () => {
    const first = await add('ours')
    expect((await add('ours')).record).toEqual(first.record)
    expect((await add('theirs')).record.value).not.toBe(first.record.value)
    expect(first.record.value).toMatch(/^leadpost-verification=[0-9a-f]{40}$/)
  })

  test('counts once its record was found, and is in the audit trail', async () => {
    await add('ours')
    expect(await check('ours', 'found')).toEqual({ change: 'proven', counts: true, lapsesAt: null })
    expect(await holder()).toBe('ours')
    expect(await listed('ours')).toMatchObject({ state: 'proven', counts: true, provenAt: start.toISOString(), vouchedFor: false })
    expect(await audited('ours')).toEqual(['hostNameClaimed', 'hostNameProven'])
    expect(await check('ours', 'found', after(1))).toMatchObject({ change: null })
  })

  test.each<ProofFinding>(['missing', 'wrongValue', 'misplaced', 'unknown'])(
    'does not count after a look-up that ended %s',
    async (finding) => {
      await add('ours')
      expect(await check('ours', finding)).toEqual({ change: null, counts: false, lapsesAt: null })
      expect(await holder()).toBeNull()
      expect(await listed('ours')).toMatchObject({ finding, checkedAt: start.toISOString() })
    },
  )

  test('takes sub-domains in where it says so, before the proof and after', async () => {
    await add('ours')
    await check('ours', 'found')
    expect(await holder(`mail.${name}`)).toBeNull()
    await add('ours', true)
    expect(await holder(`mail.${name}`)).toBe('ours')
    await add('ours')
    expect(await holder(`mail.${name}`)).toBe('ours')
    await add('ours', false)
    expect(await holder(`mail.${name}`)).toBeNull()
    expect(await audited('ours')).toEqual(['hostNameClaimed', 'hostNameProven', 'hostNameChanged', 'hostNameChanged'])
  })

  test('that was removed while it was looked up proves nothing', async () => {
    await add('ours')
    const [claim] = await findHostClaims(db.database, name, 'ours')
    if (claim === undefined) throw new Error('there is a claim')
    await removeHostName(db.database, 'ours', name, 'operator')
    await add('ours')
    expect(await recordHostCheck(db.database, claim, { finding: 'found', at: start, actor: 'rule' })).toMatchObject({ change: 'withdrawn' })
    expect(await holder()).toBeNull()
  })

  test('of a tenant that has too many is refused; one that is there already is not', async () => {
    await storeTenants(db.database, [{ slug: 'many' }])
    await add('many')
    await db.owner(
      `INSERT INTO host_claim (tenant_id, name, token) SELECT id, 'x' || n || '.example', 't' FROM tenant, generate_series(2, $1::int) n WHERE slug = 'many'`,
      [hostClaimsMax],
    )
    await expect(
      addHostClaim(db.database, 'many', { name: 'more.example' as DomainName, subdomains: null, actor: 'x' }),
    ).rejects.toMatchObject({
      code: 'conflict',
    })
    await add('many', true)
  })
})

describe('two tenants', () => {
  test('may claim one name; who proves it first has it, and the other is told so', async () => {
    await add('theirs')
    await add('ours')
    expect(await check('ours', 'found')).toMatchObject({ change: 'proven' })
    expect(await check('theirs', 'found', after(1))).toEqual({ change: 'heldByOther', counts: false, lapsesAt: null })
    expect(await holder()).toBe('ours')
    expect(await add('theirs')).toMatchObject({ counts: false, heldByOther: true })
    expect(await listed('theirs')).toMatchObject({ state: 'unproven', finding: 'found' })
  })

  test('that prove one name at the same moment: one has it', async () => {
    await add('theirs')
    await add('ours')
    const changes = await Promise.all([check('ours', 'found'), check('theirs', 'found')])
    expect(new Set(changes.map(({ change }) => change))).toEqual(new Set(['heldByOther', 'proven']))
    expect(await holder()).not.toBeNull()
  })

  test('a claim does not keep the operator from vouching for the rightful owner', async () => {
    await add('theirs')
    await storeTenants(db.database, [{ slug: 'ours', hostNames: [{ name, subdomains: false }] }])
    expect(await holder()).toBe('ours')
    expect(await check('theirs', 'found')).toMatchObject({ change: 'heldByOther' })
  })

  test('a name that one has proven is not loaded for the other', async () => {
    await add('theirs')
    await check('theirs', 'found')
    await expect(storeTenants(db.database, [{ slug: 'ours', hostNames: [{ name, subdomains: false }] }])).rejects.toThrow(
      /belongs to the tenant "theirs"/,
    )
  })

  test('the name is free for the other once it was given up, or its proof lapsed', async () => {
    await add('theirs')
    await add('ours')
    await check('ours', 'found')
    await removeHostName(db.database, 'ours', name, 'operator')
    expect(await holder()).toBeNull()
    expect(await check('theirs', 'found')).toMatchObject({ change: 'proven' })
    await lapse('theirs')
    await add('ours')
    expect(await check('ours', 'found')).toMatchObject({ change: 'proven' })
    expect(await holder()).toBe('ours')
    // The record of the first comes back, too late.
    expect(await check('theirs', 'found', after(2 * graceMs))).toMatchObject({ change: 'heldByOther', counts: false })
  })
})

/** The record is gone, hour after hour. */
async function lapse(tenant: string): Promise<void> {
  for (let answers = 1; answers < missingAnswersMin; answers += 1) await check(tenant, 'missing', after(answers * checkAgainMs))
  expect(await holder()).toBe(tenant)
  expect(await check(tenant, 'missing', after(graceMs + checkAgainMs))).toMatchObject({ change: 'lapsed' })
}

describe('a record that is gone', () => {
  test('leaves the name counting for the grace time, then not', async () => {
    await add('ours')
    await check('ours', 'found')
    const missed = await check('ours', 'missing', after(checkAgainMs))
    expect(missed).toEqual({ change: 'missed', counts: true, lapsesAt: after(checkAgainMs + graceMs) })
    expect(await listed('ours')).toMatchObject({
      state: 'proofMissing',
      counts: true,
      lapsesAt: after(checkAgainMs + graceMs).toISOString(),
    })
    await lapse('ours')
    expect(await holder()).toBeNull()
    expect(await listed('ours')).toMatchObject({ state: 'unproven', counts: false, lapsesAt: null })
    expect(await audited('ours')).toEqual(['hostNameClaimed', 'hostNameProven', 'hostNameProofMissing', 'hostNameProofLapsed'])
  })

  test('and comes back in time, leaves everything as it was', async () => {
    await add('ours')
    await check('ours', 'found')
    await check('ours', 'missing', after(1))
    expect(await check('ours', 'found', after(2))).toMatchObject({ change: 'restored', counts: true })
    expect(await listed('ours')).toMatchObject({ state: 'proven', provenAt: start.toISOString() })
  })

  test('does nothing to a name that the operator vouches for as well', async () => {
    await storeTenants(db.database, [{ slug: 'ours', hostNames: [{ name, subdomains: false }] }])
    expect(await add('ours')).toMatchObject({ counts: true })
    await check('ours', 'found')
    await lapse('ours')
    expect(await holder()).toBe('ours')
    expect(await listed('ours')).toMatchObject({ state: 'vouchedFor', counts: true })
  })

  test('time-outs for a year take no name away', async () => {
    await add('ours')
    await check('ours', 'found')
    await check('ours', 'missing', after(1))
    for (let week = 1; week <= 52; week += 1) await check('ours', 'unknown', after(week * graceMs))
    expect(await holder()).toBe('ours')
  })
})

describe('the timetable', () => {
  const due = (at: Date, claimsMax = 100) =>
    takeDueHostClaims(db.database, { at, againAt: new Date(at.getTime() + checkAgainMs), claimsMax }).then((claims) =>
      claims.filter((claim) => claim.name === name),
    )

  test('names that were never proven are looked up only when somebody asks', async () => {
    await add('ours')
    await check('ours', 'missing')
    expect(await due(after(9 * graceMs))).toEqual([])
  })

  test('a proven name is due after a day, and is given to one process', async () => {
    await add('ours')
    await check('ours', 'found')
    expect(await due(after(checkEveryMs - 1))).toEqual([])
    const given = await Promise.all([due(after(checkEveryMs)), due(after(checkEveryMs))])
    expect(given.flat()).toMatchObject([{ name, tenant: 'ours', holds: true }])
    // It died over it: somebody else gets it later.
    expect(await due(after(checkEveryMs + checkAgainMs))).toHaveLength(1)
  })
})

test('removing a name that the tenant does not have says so, and leaves that of another', async () => {
  await add('theirs')
  await check('theirs', 'found')
  await expect(removeHostName(db.database, 'ours', name, 'operator')).rejects.toMatchObject({ code: 'notFound' })
  expect(await holder()).toBe('theirs')
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiKeyRoles } from '../../src/crm/policy.ts'
import { newId } from '../../src/id.ts'
import { apiKeysMax, createApiKey, findApiKey, listApiKeys, revokeApiKey, type NewApiKey } from '../../src/store/api-keys.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { findTenantId } from '../../src/store/tenants.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await openTestDatabase()
  await storeTenants(db.database, [{ slug: 'xyz' }, { slug: 'abc' }, { slug: 'many' }])
})
afterAll(() => db.close())

const wanted: NewApiKey = { role: 'submit', name: 'the shop', expiresAt: null, actor: 'operator' }

test.each(apiKeyRoles)('a key with the role %s is recognised, with its tenant', async (role) => {
  const { id, key } = await createApiKey(db.database, 'xyz', { ...wanted, role })
  const tenantId = await findTenantId(db.database, 'xyz')
  expect(await findApiKey(db.database, key)).toEqual({
    id,
    role,
    tenantId,
    tenant: 'xyz',
    expiresAt: null,
    trustedAuthservId: null,
  })
})

test('a key has 256 bits, no two are alike, and the database holds none of it but a hash', async () => {
  const made = await Promise.all([1, 2, 3, 4].map(() => createApiKey(db.database, 'xyz', wanted)))
  expect(new Set(made.map(({ key }) => key)).size).toBe(4)
  const rows = await db.owner<{ row: string }>(
    `SELECT k::text AS row FROM api_key k UNION ALL SELECT a::text FROM audit_entry a WHERE action LIKE 'apiKey%'`,
  )
  for (const { key } of made) {
    expect(key).toMatch(/^leadpost_[A-Za-z0-9_-]{43}$/)
    const secret = key.slice('leadpost_'.length)
    const hidden = [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret, 'base64url').toString('hex')]
    expect(rows.filter(({ row }) => hidden.some((text) => row.includes(text)))).toEqual([])
  }
})

test('nothing else is recognised', async () => {
  const { key } = await createApiKey(db.database, 'xyz', wanted)
  const last = key.endsWith('A') ? 'B' : 'A'
  for (const written of [
    '',
    'leadpost_',
    ` ${key}`,
    `${key}A`,
    key.slice(0, -1) + last,
    key.toUpperCase(),
    `leadpost_${'A'.repeat(43)}`,
    key + '\0',
  ])
    expect(await findApiKey(db.database, written), JSON.stringify(written)).toBeNull()
})

test('a revoked key counts no more; revoking it again changes nothing', async () => {
  const { id, key } = await createApiKey(db.database, 'xyz', wanted)
  expect(await revokeApiKey(db.database, id, 'operator')).toBe(true)
  expect(await findApiKey(db.database, key)).toBeNull()
  const revokedAt = (await listApiKeys(db.database, 'xyz')).find((each) => each.id === id)?.revokedAt
  expect(await revokeApiKey(db.database, id, 'operator')).toBe(false)
  expect((await listApiKeys(db.database, 'xyz')).find((each) => each.id === id)).toMatchObject({ state: 'revoked', revokedAt })
  const trail = await db.owner('SELECT action, actor, detail FROM audit_entry WHERE subject = $1 ORDER BY at, id', [id])
  expect(trail).toEqual([
    { action: 'apiKeyCreated', actor: 'operator', detail: { role: 'submit', name: 'the shop', expiresAt: null } },
    { action: 'apiKeyRevoked', actor: 'operator', detail: {} },
  ])
})

test('what is no key cannot be revoked', async () => {
  await expect(revokeApiKey(db.database, newId(), 'operator')).rejects.toMatchObject({ code: 'notFound' })
  await expect(revokeApiKey(db.database, 'first', 'operator')).rejects.toMatchObject({ code: 'notFound' })
})

test('an expired key counts no more', async () => {
  const { id, key } = await createApiKey(db.database, 'abc', { ...wanted, expiresAt: new Date(Date.now() + 3_600_000) })
  expect(await findApiKey(db.database, key)).toMatchObject({ id })
  await db.owner(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE id = $1`, [id])
  expect(await findApiKey(db.database, key)).toBeNull()
  expect(await listApiKeys(db.database, 'abc')).toMatchObject([
    { id, tenant: 'abc', state: 'expired', name: 'the shop', createdBy: 'operator' },
  ])
})

test('a tenant has a bounded number of keys that count', async () => {
  await db.owner(
    `INSERT INTO api_key (tenant_id, id, role, key_hash, created_by) SELECT id, gen_random_uuid(), 'submit', sha256(n::text::bytea), 'x'
     FROM tenant, generate_series(2, $1::int) n WHERE slug = 'many'`,
    [apiKeysMax],
  )
  const { id } = await createApiKey(db.database, 'many', wanted)
  await expect(createApiKey(db.database, 'many', wanted)).rejects.toMatchObject({ code: 'conflict' })
  await revokeApiKey(db.database, id, 'operator')
  await createApiKey(db.database, 'many', wanted)
})

test('an unknown tenant has no keys', async () => {
  await expect(createApiKey(db.database, 'nobody', wanted)).rejects.toMatchObject({ code: 'notFound' })
  await expect(listApiKeys(db.database, 'nobody')).rejects.toMatchObject({ code: 'notFound' })
})

import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { apiKeyRoles } from '../../src/crm/policy.ts'
import { submitPath, type SubmitLimits } from '../../src/http/message-routes.ts'
import { createApiKey, revokeApiKey } from '../../src/store/api-keys.ts'
import { findTenantId } from '../../src/store/tenants.ts'
import { seedTenant } from '../store/seed.ts'
import { mail, messageBytesMax, nothing, openSubmitting, ours, pieces, type Sent, type Submitting } from './submitting.ts'

let at: Submitting
beforeAll(async () => {
  at = await openSubmitting()
})
afterAll(() => at.close())
beforeEach(() => at.begin())
afterEach(() => at.end())

async function restarted(limits: Partial<SubmitLimits> = {}): Promise<void> {
  await at.stop()
  await at.start(limits)
}

describe('a mail that is handed in', () => {
  test('is durable when it is answered, and may become that tenant’s alone', async () => {
    const { status, id, headers } = await at.submit()
    expect([status, headers.get('location')]).toEqual([202, `${submitPath}/${id}`])
    expect(await at.rows()).toEqual([
      {
        id,
        channel: 'upload',
        reverse_path: 'anna@xyz.example',
        forward_paths: ['crm@localhost'],
        only_tenant_id: await findTenantId(at.db.database, 'xyz'),
        // A key says nothing of who wrote it.
        from_trusted_network: false,
        authenticated_as: null,
        client_address: null,
        trusted_authserv_id: null,
        bytes: mail().length,
      },
    ])
  })

  test('has its envelope in the query or in header fields', async () => {
    const inQuery = await at.submit({ query: '?mailFrom=&rcptTo=crm%40localhost&rcptTo=crm%2B11111%40localhost' })
    const inHeader = await at.submit({ query: '', headers: { 'x-mail-from': '<>', 'x-rcpt-to': '<crm@localhost>, crm+11111@localhost' } })
    const untold = await at.submit({ query: '', headers: { 'x-rcpt-to': 'crm@localhost' } })
    expect(await at.rows()).toMatchObject([
      { id: inQuery.id, reverse_path: '', forward_paths: ['crm@localhost', 'crm+11111@localhost'] },
      { id: inHeader.id, reverse_path: '', forward_paths: ['crm@localhost', 'crm+11111@localhost'] },
      { id: untold.id, reverse_path: null, forward_paths: ['crm@localhost'] },
    ])
  })

  test.each(apiKeyRoles)('may come with a key of the role %s', async (role) => {
    const made = await createApiKey(at.db.database, 'xyz', { ...ours, role })
    expect((await at.submit({ headers: { authorization: `bearer ${made.key}` } })).status).toBe(202)
  })

  test('carries the server whose results are believed, where its key names one', async () => {
    const made = await createApiKey(at.db.database, 'xyz', { ...ours, trustedAuthservId: 'mx.relay.example' })
    await at.submit({ headers: { authorization: `Bearer ${made.key}` } })
    expect(await at.rows()).toMatchObject([{ trusted_authserv_id: 'mx.relay.example', from_trusted_network: false }])
  })

  test('is streamed, whatever its size and however it is cut', async () => {
    const large = mail('x'.repeat(900_000))
    const { status, id } = await at.submit({ body: pieces(large, 7_001) })
    expect([status, await at.rows()]).toMatchObject([202, [{ id, bytes: large.length }]])
  })

  test('is let in though its author is another tenant’s, where it answers a mail that this tenant has on file', async () => {
    await seedTenant(at.db, 'seeded')
    const { key } = await createApiKey(at.db.database, 'seeded', ours)
    const body = mail('Yes', 'olga@other.example', 'In-Reply-To: <1@xyz.example>\r\n')
    expect((await at.submit({ body, headers: { authorization: `Bearer ${key}` } })).status).toBe(202)
    expect(await at.submit({ body })).toMatchObject({ status: 403, code: 'senderOfOtherTenant' })
  })
})

describe('a mail that is refused', () => {
  test.each<[string, Sent, number, string]>([
    ['no key', { headers: { authorization: '' } }, 401, 'notSignedIn'],
    ['a wrong key', { headers: { authorization: `Bearer leadpost_${'A'.repeat(43)}` } }, 401, 'notSignedIn'],
    ['no recipient', { query: '?mailFrom=' }, 400, 'inputInvalid'],
    ['a foreign recipient', { query: '?rcptTo=eva%40acme.example' }, 400, 'notACrmAddress'],
    ['a sender that is no address', { query: '?mailFrom=anna&rcptTo=crm%40localhost' }, 400, 'inputInvalid'],
    ['a sender told twice', { headers: { 'x-mail-from': 'x@xyz.example' } }, 400, 'inputInvalid'],
    [
      'too many recipients',
      { query: `?${Array.from({ length: 101 }, (_, n) => `rcptTo=crm%2B${n}%40localhost`).join('&')}` },
      400,
      'inputInvalid',
    ],
    ['a key of its own that is too long', { headers: { 'idempotency-key': 'k'.repeat(256) } }, 400, 'inputInvalid'],
    ['another kind of body', { headers: { 'content-type': 'application/json' }, body: '{}' }, 415, 'requestInvalid'],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' } }, 415, 'requestInvalid'],
    ['no mail in it', { body: '\r\nonly text' }, 400, 'messageMalformed'],
    ['nothing in it', { body: '' }, 400, 'messageMalformed'],
    ['an author whom nobody knows', { body: mail('x', 'who@nowhere.example') }, 403, 'senderDomainUnknown'],
    ['an author of another tenant', { body: mail('x', 'olga@other.example') }, 403, 'senderOfOtherTenant'],
    ['authors of two tenants', { body: mail('x', 'anna@xyz.example, olga@other.example') }, 403, 'severalTenants'],
    ['more than may be', { body: mail('x'.repeat(messageBytesMax)) }, 413, 'messageTooLarge'],
    ['a header without an end', { body: `From: anna@xyz.example\r\nX: ${'x'.repeat(300_000)}` }, 413, 'messageTooLarge'],
  ])('%s: says so in words, and leaves nothing behind', async (_what, sent, status, code) => {
    const refused = await at.submit(sent)
    expect(refused).toMatchObject({ status, code, detail: expect.stringMatching(/\w{3}/) as string })
    expect(refused.headers.get('content-type')).toContain('application/problem+json')
    expect(refused.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
    expect([await at.leftovers(), await at.rows()]).toEqual([nothing, []])
  })

  test('larger than announced to be possible: 413 whether or not it says its size', async () => {
    const large = mail('x'.repeat(2 * messageBytesMax))
    expect((await at.submit({ body: pieces(large, 65_536) })).status).toBe(413)
    expect(await at.leftovers()).toEqual(nothing)
  })

  test('of a tenant that refuses whom nothing vouches for: 403 unless something does', async () => {
    const { key } = await createApiKey(at.db.database, 'strict', ours)
    const sent = { headers: { authorization: `Bearer ${key}` }, body: mail('x', 'anna@strict.example') }
    at.verdict = { kind: 'refused', reasons: ['The mail carries no signature.'] }
    expect(await at.submit(sent)).toMatchObject({ status: 403, code: 'senderNotAuthenticated' })
    expect(await at.leftovers()).toEqual(nothing)
    for (const kind of ['unknown', 'believed'] as const) {
      at.verdict = { kind }
      expect((await at.submit(sent)).status).toBe(202)
    }
  })

  test('with a key that was revoked or has expired: 401', async () => {
    const made = await createApiKey(at.db.database, 'xyz', ours)
    const headers = { authorization: `Bearer ${made.key}` }
    expect((await at.submit({ headers })).status).toBe(202)
    await revokeApiKey(at.db.database, made.id, 'operator')
    expect((await at.submit({ headers })).status).toBe(401)
  })

  test('for lack of room: 507, to be tried again', async () => {
    // The key is looked up while the database is there.
    expect((await at.submit()).status).toBe(202)
    await at.admission.settled()
    at.gate.set('away')
    for (let n = 0; n < 5; n++) await at.submit({ body: mail('x'.repeat(900_000)) })
    const held = at.spool.held().messages
    const refused = await at.submit({ body: mail('x'.repeat(900_000)) })
    expect(refused).toMatchObject({ status: 507, code: 'spoolFull' })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(at.spool.held().messages).toBe(held)
  })

  test('too many of one key at once: 429', async () => {
    await restarted({ perKeyAtOnceMax: 2 })
    const open = [await at.stalling(), await at.stalling()]
    await expect.poll(async () => (await at.leftovers())[1].length).toBe(2)
    await expect.poll(async () => (await at.submit()).status).toBe(429)
    for (const socket of open) socket.destroy()
    await expect.poll(async () => (await at.submit()).status).toBe(202)
  })
})

describe('a client', () => {
  test('that stalls is told so, and leaves nothing behind', async () => {
    await restarted({ idleTimeoutMs: 200, lingerMs: 100 })
    const socket = await at.stalling()
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 [^]*application\/problem\+json/)
    await once(socket, 'close')
    expect([await at.leftovers(), await at.rows()]).toEqual([nothing, []])
  })

  test('that breaks off in the middle leaves nothing behind, and the next try is as good as the first', async () => {
    const socket = await at.stalling('Idempotency-Key: one\r\n')
    await expect.poll(async () => (await at.leftovers())[1].length).toBe(1)
    socket.destroy()
    await expect.poll(() => at.leftovers()).toEqual(nothing)
    const { status, id } = await at.submit({ headers: { 'idempotency-key': 'one' } })
    expect([status, await at.rows()]).toMatchObject([202, [{ id }]])
  })

  test('whose key is refused does not have its whole mail read', async () => {
    await restarted({ lingerMs: 100 })
    const socket = await at.stalling('', 'none')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /)
    socket.destroy()
  })
})

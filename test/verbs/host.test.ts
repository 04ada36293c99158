import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HostNameJson } from '../../src/store/host-claims.ts'
import type { MessagesJson } from '../../src/store/messages.ts'
import { openDnsZone, type DnsZone } from '../../src/verbs/dns-zone.ts'
import { leadpost, leadpostJson, startLeadpost, type Started } from './leadpost.ts'

interface AddedJson {
  readonly record: { readonly name: string; readonly value: string }
  readonly counts: boolean
}
interface VerifiedJson {
  readonly proven: boolean
  readonly claims: readonly { readonly tenant: string; readonly finding: string; readonly heldByOther: boolean }[]
}

let zone: DnsZone
let env: { DATA_DIR: string; DNS_SERVERS: string }
let started: Started
beforeAll(async () => {
  zone = await openDnsZone()
  env = { DATA_DIR: await mkdtemp(join(tmpdir(), 'leadpost-host-')), DNS_SERVERS: zone.server }
  expect((await leadpost(['load', resolve('fixtures/world.json')], env)).status).toBe(0)
  started = await startLeadpost(env)
})
afterAll(async () => {
  await started.stop()
  await zone.close()
  await rm(env.DATA_DIR, { recursive: true })
})

const add = (name: string, tenant = 'xyz'): Promise<AddedJson> => leadpostJson<AddedJson>(['host', 'add', '--tenant', tenant, name], env)

describe('wrong usage', () => {
  test.each([
    [['host'], 'host does not know ""'],
    [['host', 'add', 'new.example'], '--tenant is missing'],
    [['host', 'add', '--tenant', 'xyz'], 'host does not know "add"'],
    [['host', 'add', '--tenant', 'xyz', 'new.example', '--subdomains', '--no-subdomains'], 'not both'],
    [['host', 'verify', 'a@b.example'], 'is not a domain name'],
    [['host', 'prove', 'new.example'], 'host does not know "prove"'],
  ])('%j: exit 2 and words', async (words, message) => {
    const { status, out, err } = await leadpost(words, { DATA_DIR: '/nonexistent/leadpost' })
    expect([status, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })

  test.each([
    ['gmail.com', 'belongs to a mail provider'],
    ['co.uk', 'is a public suffix'],
    ['github.io', 'is a public suffix'],
    ['anna@new.example', 'is not a domain name'],
    [`${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.exam`, 'so long'],
  ])('%s is no host name that can be added', async (name, message) => {
    const { status, err } = await leadpost(['host', 'add', '--tenant', 'xyz', name], env)
    expect([status, err]).toEqual([1, expect.stringContaining(message) as string])
  })

  test('an unknown tenant and a name that nobody added are told', async () => {
    const nobody = await leadpost(['host', 'add', '--tenant', 'nobody', 'new.example'], env)
    expect([nobody.status, nobody.err]).toEqual([1, expect.stringContaining('There is no tenant "nobody"') as string])
    const unknown = await leadpost(['host', 'verify', 'nobodys.example'], env)
    expect([unknown.status, unknown.err]).toEqual([1, expect.stringContaining('leadpost host add') as string])
  })
})

test('add prints the record in words, and a name as people write it beside its A-labels', async () => {
  const { status, out } = await leadpost(['host', 'add', '--tenant', 'xyz', 'MÜNCHEN.example.'], env)
  expect(status).toBe(0)
  expect(out).toContain('xn--mnchen-3ya.example (münchen.example) is noted for the tenant "xyz". It does not count yet.')
  expect(out).toContain('name    _leadpost.xn--mnchen-3ya.example')
  expect(out).toMatch(/value {3}leadpost-verification=[0-9a-f]{40}/)
  expect(out).toContain('leadpost host verify xn--mnchen-3ya.example')
})

test('verify says what was found and what to do', async () => {
  const { record } = await add('words.example')
  const verify = (): ReturnType<typeof leadpost> => leadpost(['host', 'verify', 'words.example'], env)
  zone.serve({})
  expect(await verify()).toMatchObject({
    status: 1,
    out: expect.stringContaining(`There is no TXT record at ${record.name}. Set it, with the value ${record.value}`) as string,
  })
  zone.serve({ [record.name]: { TXT: ['other\u001b[31m'] } })
  expect(await verify()).toMatchObject({ status: 1, out: expect.stringContaining('has another value: "other?[31m". It must be') as string })
  zone.serve({ 'words.example': { TXT: [record.value] } })
  expect(await verify()).toMatchObject({
    status: 1,
    out: expect.stringContaining('stands at words.example, where it does not count') as string,
  })
  zone.serve({ [record.name]: { TXT: 'SERVFAIL' } })
  expect(await verify()).toMatchObject({ status: 1, out: expect.stringContaining('says nothing about the record') as string })
  zone.serve({ [record.name]: { TXT: 'TIMEOUT' } })
  expect(await verify()).toMatchObject({ status: 1, out: expect.stringContaining('No name server answered') as string })
  zone.serve({ [record.name]: { TXT: [record.value] } })
  expect(await verify()).toMatchObject({ status: 0, out: expect.stringContaining('words.example is proven') as string })
})

test('mail of a name counts from its proof on, in the running program, and not before', async () => {
  const { record, counts } = await add('proof.example')
  expect(counts).toBe(false)
  const refused = await send('proof.example')
  expect(refused).toMatch(/^550 5\.7\.1/)
  zone.serve({ [record.name]: { TXT: [record.value] } })
  expect(await leadpostJson<VerifiedJson>(['host', 'verify', 'proof.example'], env)).toMatchObject({
    proven: true,
    claims: [{ finding: 'found' }],
  })
  expect(await send('proof.example')).toMatch(/^250 /)
  const { messages } = await leadpostJson<MessagesJson>(['messages'], env)
  expect(messages.some(({ reversePath }) => reversePath === 'anna@proof.example')).toBe(true)
})

/** The last reply of a session that sends one mail from that domain. */
async function send(domain: string): Promise<string> {
  const { createTransport } = await import('nodemailer')
  const [smtp] = started.run.smtp
  const transport = createTransport({ host: smtp?.host ?? '', port: smtp?.port ?? 0, secure: false, tls: { rejectUnauthorized: false } })
  const mail = { from: `anna@${domain}`, to: 'crm@localhost', subject: 'XYZ Lead 11111', text: 'Hello' }
  return await transport.sendMail(mail).then(
    ({ response }) => response,
    (error: unknown) => (error as { response?: string }).response ?? String(error),
  )
}

test('a second tenant can claim the same name, cannot take it, and is told; once it is removed he can', async () => {
  const [ours, theirs] = [await add('shared.example'), await add('shared.example', 'nova')]
  zone.serve({ [ours.record.name]: { TXT: [ours.record.value, theirs.record.value] } })
  const both = await leadpost(['host', 'verify', 'shared.example'], env)
  expect([both.status, both.err]).toEqual([1, expect.stringContaining('--tenant') as string])
  expect((await leadpost(['host', 'verify', 'shared.example', '--tenant', 'xyz'], env)).status).toBe(0)
  const late = await leadpost(['host', 'verify', 'shared.example', '--tenant', 'nova'], env)
  expect([late.status, late.out]).toEqual([1, expect.stringContaining('another tenant has shared.example') as string])
  expect((await leadpost(['host', 'add', '--tenant', 'nova', 'shared.example'], env)).out).toContain('Another tenant has this name')
  const removed = await leadpost(['host', 'remove', '--tenant', 'xyz', 'shared.example'], env)
  expect([removed.status, removed.out]).toEqual([0, expect.stringContaining('is no host name of the tenant "xyz" any more') as string])
  expect((await leadpost(['host', 'verify', 'shared.example'], env)).status).toBe(0)
})

test('list tells which names count, and why', async () => {
  await add('open.example')
  const { tenant, hostNames } = await leadpostJson<{ tenant: string; hostNames: HostNameJson[] }>(['host', 'list', '--tenant', 'xyz'], env)
  expect(tenant).toBe('xyz')
  expect(hostNames.find(({ name }) => name === 'xyz.example')).toEqual({
    tenant: 'xyz',
    name: 'xyz.example',
    subdomains: false,
    counts: true,
    state: 'vouchedFor',
    vouchedFor: true,
    provenAt: null,
    record: null,
    checkedAt: null,
    finding: null,
    lapsesAt: null,
  })
  expect(hostNames.find(({ name }) => name === 'open.example')).toMatchObject({
    counts: false,
    state: 'unproven',
    record: { type: 'TXT', name: '_leadpost.open.example' },
  })
  const all = await leadpost(['host', 'list'], env)
  expect(all.out).toMatch(/nova +nova\.example/)
  expect(all.out).toMatch(/open\.example .*does not count yet +_leadpost\.open\.example/)
})

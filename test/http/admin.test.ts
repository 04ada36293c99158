import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { startFakeImap, type FakeImap } from '../support/fake-imap.ts'

let api: TestApi
let clara: As
let operator: As
const params = { tenant: 'xyz' }
beforeAll(async () => {
  api = await openTestApi()
  clara = await api.signedIn('clara@xyz.example')
  operator = await api.as('operator')
})
afterAll(() => api.close())

async function actions(): Promise<string[]> {
  const { entries } = await api.call('listAudit', { params, query: {} }, clara)
  return entries.map(({ action }) => action)
}

describe('tenants', () => {
  test('an operator makes one with the invitation of its first admin, once', async () => {
    const body = { slug: 'neu', name: 'Neu AG', timeZone: 'Europe/Zurich', admin: { email: 'chef@neu.example', name: 'Chef' } }
    const made = await api.call('createTenant', { body }, operator)
    expect(made).toMatchObject({ user: { email: 'chef@neu.example', role: 'admin', invited: true, hasPassword: false }, mailed: false })
    expect(made.link).toMatch(/\/link\/.{20,}/)
    const { tenants } = await api.call('listTenants', {}, operator)
    expect(tenants.find(({ slug }) => slug === 'neu')).toEqual({
      slug: 'neu',
      name: 'Neu AG',
      hostNames: 0,
      users: 1,
      inReview: 0,
      failed: 0,
      failedOffers: 0,
      lastMailAt: null,
    })
    expect((await api.ask('createTenant', { body }, operator)).status).toBe(409)
    expect((await api.ask('createTenant', { body: { ...body, slug: 'other' } }, operator)).status).toBe(409)
    expect((await api.call('listTenants', {}, operator)).tenants.some(({ slug }) => slug === 'other')).toBe(false)
    expect((await api.ask('createTenant', { body: { ...body, slug: 'No Slug' } }, operator)).status).toBe(400)
  })

  test('settings are changed by whoever saw them as they are', async () => {
    const before = await api.call('readTenant', { params }, clara)
    expect(before).toMatchObject({ slug: 'xyz', crmAddresses: ['crm@localhost'], policy: { internalMail: 'numbered' } })
    const change = { version: before.version, name: 'XYZ AG', policy: { internalMail: 'file' as const } }
    const after = await api.call('updateTenant', { params, body: change }, clara)
    expect(after).toMatchObject({
      name: 'XYZ AG',
      locale: before.locale,
      policy: { internalMail: 'file', onlyOpenLead: before.policy.onlyOpenLead },
    })
    expect(after.version).toBe(before.version + 1)
    const late = await api.ask('updateTenant', { params, body: change }, clara)
    expect(late).toMatchObject({ status: 409, body: { current: { version: after.version, name: 'XYZ AG' } } })
    const wrong = await api.ask('updateTenant', { params, body: { version: after.version, timeZone: 'Mars/Olympus' } }, clara)
    expect(wrong).toMatchObject({ status: 400, body: { errors: [{ path: 'timeZone' }] } })
  })
})

describe('host names', () => {
  test('one is added with the record to set, looked up, and removed', async () => {
    const added = await api.call('addHostName', { params, body: { name: 'New-XYZ.example' } }, clara)
    expect(added).toMatchObject({
      name: 'new-xyz.example',
      state: 'claimed',
      subdomains: false,
      finding: null,
      words: null,
      heldByOther: false,
    })
    expect(added.record).toMatchObject({ name: '_leadpost.new-xyz.example', value: expect.stringMatching(/^leadpost-verification=/) })
    const checked = await api.call('verifyHostName', { params: { ...params, name: 'new-xyz.example' } }, clara)
    expect(checked).toMatchObject({
      state: 'claimed',
      finding: 'missing',
      words: expect.stringContaining('There is no TXT record at _leadpost.new-xyz.example'),
    })
    await api.call('removeHostName', { params: { ...params, name: 'new-xyz.example' } }, clara)
    const { hostNames } = await api.call('listHostNames', { params }, clara)
    expect(hostNames.map(({ name, state }) => [name, state])).toEqual([
      ['xyz.example', 'vouchedFor'],
      ['xyz.test', 'vouchedFor'],
    ])
  })

  test('what everybody shares is refused with the reason, what another tenant has is told as such', async () => {
    const refused = { 'gmail.com': 'hostNameOfProvider', 'co.uk': 'hostNamePublic', 'no name': 'hostNameWrong', '': 'valueMissing' }
    for (const [name, code] of Object.entries(refused))
      expect(await api.ask('addHostName', { params, body: { name } }, clara)).toMatchObject({
        status: 400,
        body: { errors: [{ path: 'name', fault: { code } }] },
      })
    const claimed = await api.call('addHostName', { params, body: { name: 'wisla.example' } }, clara)
    expect(claimed).toMatchObject({ state: 'claimed', heldByOther: true })
    await api.call('removeHostName', { params: { ...params, name: 'wisla.example' } }, clara)
  })
})

describe('people', () => {
  test('a role is changed, who is disabled is signed out, and somebody stays to let others in', async () => {
    const { users } = await api.call('listUsers', { params }, clara)
    expect(users.map(({ email, role }) => [email, role])).toEqual([
      ['anna@xyz.example', 'salesperson'],
      ['bernd@xyz.example', 'reviewer'],
      ['clara@xyz.example', 'admin'],
    ])
    const [anna, bernd, own] = users
    if (anna === undefined || bernd === undefined || own === undefined) throw new Error('the world has three people')
    const annas = await api.signedIn('anna@xyz.example')
    expect((await api.ask('listLeads', { params }, annas)).status).toBe(200)
    const disabled = await api.call(
      'updateUser',
      { params: { ...params, id: anna.id }, body: { version: anna.version, disabled: true } },
      clara,
    )
    expect(disabled).toMatchObject({ disabled: true, version: anna.version + 1 })
    expect((await api.ask('listLeads', { params }, annas)).status).toBe(401)
    for (const body of [{ disabled: true }, { role: 'reviewer' }])
      expect(
        await api.ask('updateUser', { params: { ...params, id: own.id }, body: { version: own.version, ...body } }, clara),
      ).toMatchObject({
        status: 409,
        body: { detail: expect.stringContaining('the last admin'), fault: { code: 'lastAdmin', values: { address: 'clara@xyz.example' } } },
      })
    const promoted = await api.call(
      'updateUser',
      { params: { ...params, id: bernd.id }, body: { version: bernd.version, role: 'admin' } },
      clara,
    )
    expect(promoted.role).toBe('admin')
    const stale = await api.ask(
      'updateUser',
      { params: { ...params, id: bernd.id }, body: { version: bernd.version, role: 'reviewer' } },
      clara,
    )
    expect(stale).toMatchObject({ status: 409, body: { current: { role: 'admin' } } })
    await api.call('updateUser', { params: { ...params, id: bernd.id }, body: { version: promoted.version, role: 'reviewer' } }, clara)
    await api.call('updateUser', { params: { ...params, id: anna.id }, body: { version: disabled.version, disabled: false } }, clara)
    expect(await actions()).toEqual(expect.arrayContaining(['userDisabled', 'userEnabled', 'userChanged']))
  })

  test('a key works until it is revoked, and is shown once', async () => {
    const made = await api.call('createApiKey', { params, body: { role: 'reviewer', name: 'ERP' } }, clara)
    const as = { authorization: `Bearer ${made.key}` }
    expect((await api.ask('listLeads', { params }, as)).status).toBe(200)
    const { keys } = await api.call('listApiKeys', { params }, clara)
    expect(keys.find(({ id }) => id === made.id)).toMatchObject({
      name: 'ERP',
      role: 'reviewer',
      createdBy: 'clara@xyz.example',
      revokedAt: null,
    })
    expect(JSON.stringify(keys)).not.toContain(made.key)
    await api.call('revokeApiKey', { params: { ...params, id: made.id } }, clara)
    expect((await api.ask('listLeads', { params }, as)).status).toBe(401)
    const past = await api.ask('createApiKey', { params, body: { role: 'submit', expiresAt: '2020-01-01T00:00:00Z' } }, clara)
    expect(past).toMatchObject({ status: 400, body: { errors: [{ path: 'expiresAt' }] } })
  })
})

describe('the never-log list', () => {
  test('takes addresses and domains in their one form, but not the tenant’s own mail', async () => {
    expect((await api.call('addNeverLogRule', { params, body: { pattern: ' Doctor@Clinic.Example ' } }, clara)).pattern).toBe(
      'doctor@clinic.example',
    )
    expect((await api.call('addNeverLogRule', { params, body: { pattern: '@praxis.example' } }, clara)).pattern).toBe('praxis.example')
    expect((await api.ask('addNeverLogRule', { params, body: { pattern: 'xyz.example' } }, clara)).status).toBe(400)
    expect((await api.ask('addNeverLogRule', { params, body: { pattern: 'no such' } }, clara)).status).toBe(400)
    await api.call('removeNeverLogRule', { params: { ...params, pattern: 'doctor@clinic.example' } }, clara)
    const { rules } = await api.call('listNeverLogRules', { params }, clara)
    expect(rules.map(({ pattern }) => pattern)).toContain('praxis.example')
    expect(rules.map(({ pattern }) => pattern)).not.toContain('doctor@clinic.example')
  })
})

describe('mailboxes', () => {
  const settings = { host: '127.0.0.1', tls: 'off' as const, user: 'crm@xyz.example', password: 'secret' }
  let imap: FakeImap
  beforeAll(async () => {
    imap = await startFakeImap()
  })
  afterAll(() => imap.close())

  test('one is tried, added, listed without its password, and removed', async () => {
    const added = await api.call('addMailbox', { params, body: { ...settings, port: imap.port } }, clara)
    expect(added).toMatchObject({ user: 'crm@xyz.example', folder: 'INBOX', after: 'seen' })
    const { mailboxes } = await api.call('listMailboxes', { params }, operator)
    expect(mailboxes.map(({ id }) => id)).toEqual([added.id])
    expect(JSON.stringify(mailboxes)).not.toContain('secret')
    expect((await api.ask('addMailbox', { params, body: { ...settings, port: imap.port } }, clara)).status).toBe(409)
    await api.call('removeMailbox', { params: { ...params, id: added.id } }, clara)
    expect((await api.call('listMailboxes', { params }, clara)).mailboxes).toEqual([])
  })

  test('a Sent folder is left alone, and the server whose verdict counts is kept', async () => {
    const sent = { ...settings, port: imap.port, user: 'anna@xyz.example', sent: true }
    const added = await api.call('addMailbox', { params, body: sent }, clara)
    expect(added).toMatchObject({ sent: true, folder: 'Sent', after: 'leave', trustedAuthservId: null, setAside: 0 })
    expect(await api.ask('addMailbox', { params, body: { ...sent, folder: 'Gesendet', after: 'delete' } }, clara)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'after', fault: { code: 'sentIsLeftAlone' } }] },
    })
    const trusting = await api.call(
      'addMailbox',
      { params, body: { ...settings, port: imap.port, trustedAuthservId: 'MX.example.com' } },
      clara,
    )
    expect(trusting).toMatchObject({ sent: false, folder: 'INBOX', after: 'seen', trustedAuthservId: 'mx.example.com' })
    for (const { id } of [added, trusting]) await api.call('removeMailbox', { params: { ...params, id } }, clara)
  })

  test('one that cannot be reached is not stored, and says why', async () => {
    const answer = await api.ask('addMailbox', { params, body: { ...settings, port: 1 } }, clara)
    expect(answer).toMatchObject({
      status: 400,
      body: {
        detail: expect.stringMatching(/^The mailbox was not added: /),
        fault: { code: 'mailServerNotListening', values: { server: '127.0.0.1:1' } },
      },
    })
    const wrong = await api.ask('addMailbox', { params, body: { ...settings, host: 'a b', port: 1, after: 'burn' } }, clara)
    expect(wrong).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'host', fault: { code: 'mailServerNameWrong', values: {} } }, { path: 'after' }] },
    })
    expect((await api.call('listMailboxes', { params }, clara)).mailboxes).toEqual([])
  })
})

describe('mail as it came in', () => {
  let id: string
  beforeAll(async () => {
    id = await deliver(
      'Subject: XYZ Lead 11111 top secret\r\nFrom: anna@xyz.example\r\nTo: eva@acme.example\r\nMessage-ID: <m1@xyz.example>\r\n\r\nhush\r\n',
    )
    await settled(id)
  })

  test('an admin sees the whole way, an operator nothing that was written', async () => {
    const own = await api.call('readMessage', { params: { id } }, clara)
    expect(JSON.stringify(own)).toContain('eva@acme.example')
    const seen = await api.call('readMessage', { params: { id } }, operator)
    const text = JSON.stringify(seen)
    for (const secret of ['top secret', 'hush', 'eva@acme.example']) expect(text).not.toContain(secret)
    expect(seen).toMatchObject({
      deliveries: [{ tenant: 'xyz', state: 'appended', lead: '11111', trace: { decision: { kind: 'append' } } }],
    })
  })

  test('the bytes are the tenant’s, and nobody else finds the message', async () => {
    const raw = await api.ask('readRawMessage', { params: { id } }, clara)
    expect([raw.status, raw.headers.get('content-type')]).toEqual([200, 'message/rfc822'])
    expect(raw.body).toContain('hush')
    const zofia = await api.as('admin', 'wisla')
    for (const name of ['readMessage', 'readRawMessage', 'replayMessage'] as const)
      expect((await api.ask(name, { params: { id } }, zofia)).status, name).toBe(404)
    expect((await api.call('listMessages', {}, zofia)).messages).toEqual([])
    expect((await api.ask('listMessages', { query: { tenant: 'xyz' } }, zofia)).status).toBe(404)
  })

  test('lists go both ways, by state and by tenant', async () => {
    const second = await deliver('Subject: nothing\r\nFrom: anna@xyz.example\r\nTo: new@unknown.example\r\n\r\nx\r\n')
    await settled(second)
    const ids = async (as: As, query: object): Promise<string[]> =>
      (await api.call('listMessages', { query }, as)).messages.map((one) => one.id)
    expect(await ids(clara, { order: 'newest' })).toEqual([second, id])
    expect(await ids(clara, { order: 'oldest', limit: 1 })).toEqual([id])
    const { next } = await api.call('listMessages', { query: { order: 'newest', limit: 1 } }, clara)
    expect(await ids(clara, { order: 'newest', after: next })).toEqual([id])
    expect(await ids(clara, { state: 'inReview' })).toEqual([second])
    expect(await ids(operator, { tenant: 'xyz', state: 'appended' })).toEqual([id])
    expect(await ids(operator, { tenant: 'wisla' })).toEqual([])
    expect((await api.ask('listMessages', { query: { state: 'lost' } }, clara)).status).toBe(400)
  })

  test('only what failed is tried again', async () => {
    expect((await api.ask('replayMessage', { params: { id } }, clara)).status).toBe(409)
    await api.database.owner(`UPDATE delivery SET state = 'failed', reason = 'triedTooOften' WHERE message_id = $1`, [id])
    await api.call('replayMessage', { params: { id } }, clara)
    await settled(id)
    expect(await actions()).toContain('messageReplayed')
  })

  test('a test mail goes the whole way by SMTP and ends in nobody’s history', async () => {
    const before = await api.call('readLead', { params: { ...params, number: '11111' } }, clara)
    const probe = await api.call('sendProbe', { params, body: { lead: '11111' } }, clara)
    await settled(probe.id)
    const seen = (await api.call('readMessage', { params: { id: probe.id } }, clara)) as unknown as {
      channel: string
      reversePath: string
      deliveries: { state: string; reason: string; trace: { standing: string; tokens: { token: string; why: string }[] } }[]
    }
    expect(seen).toMatchObject({ channel: 'smtp', reversePath: 'clara@xyz.example', deliveries: [{ state: 'ignored', reason: 'ownLoop' }] })
    expect(seen.deliveries[0]?.trace.tokens).toEqual(
      expect.arrayContaining([expect.objectContaining({ token: '11111', why: 'leadNumber' })]),
    )
    const after = await api.call('readLead', { params: { ...params, number: '11111' } }, clara)
    expect([after.entries, after.openConfirmations]).toEqual([before.entries, before.openConfirmations])
    expect((await api.ask('sendProbe', { params, body: { lead: '999999' } }, clara)).status).toBe(404)
    expect((await api.ask('sendProbe', { params, body: {} }, await api.as('admin'))).status).toBe(400)
  })

  test('health tells each his own', async () => {
    const own = await api.call('readHealth', {}, clara)
    expect(own.parts.map(({ name, ok }) => [name, ok])).toEqual(expect.arrayContaining([['database', true]]))
    expect(own.listeners.map(({ kind }) => kind)).toEqual(['smtp', 'http'])
    expect(own.byState['inReview']).toBe(1)
    expect(own.lastMailAt).not.toBeNull()
    // The part that tells of mailboxes tells of everybody's.
    expect(own.parts.map(({ name }) => name)).not.toContain('mailboxes')
    expect((await api.call('readHealth', {}, operator)).parts.map(({ name }) => name)).toContain('mailboxes')
    const zofia = await api.call('readHealth', {}, await api.as('admin', 'wisla'))
    expect([zofia.byState, zofia.lastMailAt]).toEqual([{}, null])
    expect((await api.call('readHealth', {}, operator)).byState['inReview']).toBe(1)
  })
})

test('the audit trail comes newest first, a page at a time, by actor and action', async () => {
  const all = (await api.call('listAudit', { params, query: { limit: 200 } }, clara)).entries
  expect(all.map(({ id }) => id)).toEqual(
    all
      .map(({ id }) => id)
      .toSorted()
      .toReversed(),
  )
  const first = await api.call('listAudit', { params, query: { limit: 3 } }, clara)
  const second = await api.call('listAudit', { params, query: { limit: 3, after: first.next } }, clara)
  expect([...first.entries, ...second.entries]).toEqual(all.slice(0, 6))
  const people = (await api.call('listAudit', { params, query: { limit: 200, people: 'true' } }, clara)).entries
  expect(people).toEqual(all.filter(({ actor }) => actor !== 'rule').slice(0, 200))
  const mine = await api.call('listAudit', { params, query: { actor: 'clara@xyz.example', action: 'probeSent' } }, clara)
  expect(mine.entries.map(({ subject }) => subject)).toEqual(['11111'])
})

/** By SMTP from this machine, which is trusted. */
async function deliver(message: string): Promise<string> {
  const { host, port } = api.smtp
  const socket = connect(port, host)
  const lines = ['EHLO test', 'MAIL FROM:<anna@xyz.example>', 'RCPT TO:<crm@localhost>', 'DATA', `${message}.`, 'QUIT']
  let heard = ''
  for await (const chunk of socket) {
    heard += String(chunk)
    if (/^\d{3} .*\r\n$/m.test(String(chunk)) && lines.length > 0) socket.write(`${lines.shift() ?? ''}\r\n`)
  }
  return /queued as ([0-9a-f-]{36})/.exec(heard)?.[1] ?? ''
}

async function settled(id: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const { body } = await api.ask('readMessage', { params: { id } }, operator)
      const state = (body as { deliveries?: { state: string }[] }).deliveries?.[0]?.state
      if (!['appended', 'inReview', 'ignored'].includes(state ?? '')) throw new Error(`message ${id} is ${String(state)}`)
    },
    { timeout: 15_000, interval: 50 },
  )
}

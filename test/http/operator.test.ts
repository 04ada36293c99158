import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'
import { givePassword } from '../support/sign-in.ts'

let api: TestApi
let operator: As
let admin: As
const params = { tenant: 'xyz' }
beforeAll(async () => {
  api = await openTestApi()
  operator = await api.as('operator')
  admin = await api.as('admin')
})
afterAll(() => api.close())

const stateOf = async (name: string): Promise<unknown> =>
  (await api.call('listHostNames', { params }, operator)).hostNames.find((host) => host.name === name)
const actions = async (): Promise<string[]> =>
  (await api.call('listAudit', { params, query: { limit: 50 } }, admin)).entries.map(({ action }) => action)

test('a name that the operator vouches for counts until he withdraws it', async () => {
  const name = 'xyz-werke.example'
  const added = await api.call('addHostName', { params, body: { name, subdomains: true } }, admin)
  expect(added).toMatchObject({ state: 'claimed', vouchedFor: false })
  await api.call('vouchForHostName', { params: { ...params, name }, body: {} }, operator)
  expect(await stateOf(name)).toMatchObject({ state: 'vouchedFor', vouchedFor: true, subdomains: true })
  await sendTestMail(api.smtp, { from: 'anna@xyz-werke.example', subject: 'XYZ Lead 11111' })
  await deliveriesSettled(api.database, 1)
  await api.call('withdrawVouch', { params: { ...params, name } }, operator)
  expect(await stateOf(name)).toMatchObject({ state: 'claimed', vouchedFor: false })
  expect((await api.ask('withdrawVouch', { params: { ...params, name } }, operator)).status).toBe(404)
  expect(await actions()).toEqual(expect.arrayContaining(['hostNameVouchedFor', 'hostNameVouchWithdrawn']))
})

test('what is proven goes on counting though nobody vouches for it', async () => {
  await api.call('vouchForHostName', { params: { ...params, name: 'proven.example' }, body: { subdomains: false } }, operator)
  await api.database.owner(`UPDATE host_name SET proven_at = now() WHERE name = 'proven.example'`)
  expect(await stateOf('proven.example')).toMatchObject({ state: 'proven', vouchedFor: true })
  await api.call('withdrawVouch', { params: { ...params, name: 'proven.example' } }, operator)
  expect(await stateOf('proven.example')).toMatchObject({ state: 'proven', vouchedFor: false })
})

test('nobody vouches for what everybody shares, or what another tenant has', async () => {
  const ask = async (name: string): Promise<unknown> =>
    await api.ask('vouchForHostName', { params: { ...params, name }, body: {} }, operator)
  expect(await ask('gmail.com')).toMatchObject({ status: 400, body: { errors: [{ path: 'name', fault: { code: 'hostNameOfProvider' } }] } })
  expect(await ask('wisla.example')).toMatchObject({
    status: 409,
    body: { fault: { code: 'hostNameHeldByOther', values: { name: 'wisla.example' } } },
  })
})

test('the first admin is invited as long as none can sign in, and nobody in his place', async () => {
  const body = { slug: 'neu', name: 'Neu AG', admin: { email: 'chef@neu.example', name: 'Chef' } }
  await api.call('createTenant', { body }, operator)
  const neu = { tenant: 'neu' }
  const health = async (): Promise<unknown> => await api.call('readTenantHealth', { params: neu }, operator)
  expect(await health()).toMatchObject({
    name: 'Neu AG',
    byState: {},
    lastMailAt: null,
    users: { admin: 1, reviewer: 0, salesperson: 0 },
    firstAdmin: { named: [{ email: 'chef@neu.example', name: 'Chef', invited: true }] },
    limits: { hostNames: { used: 0, max: 500 }, apiKeys: { used: 0, max: 200 } },
  })
  const invite = async (email: string): Promise<{ status: number; body: unknown }> =>
    await api.ask('inviteFirstAdmin', { params: neu, body: { email, name: 'Chef' } }, operator)
  expect(await invite('operator@provider.example')).toMatchObject({
    status: 409,
    body: { fault: { code: 'adminAlreadyNamed', values: { address: 'chef@neu.example' } } },
  })
  expect(await invite('chef@neu.example')).toMatchObject({ status: 200, body: { user: { role: 'admin', invited: true } } })
  await givePassword(api, 'chef@neu.example')
  expect(await health()).toMatchObject({ firstAdmin: null })
  expect(await invite('chef@neu.example')).toMatchObject({ status: 409, body: { fault: { code: 'adminThere' } } })
  await api.database.owner(`UPDATE user_account SET disabled_at = now() WHERE email = 'chef@neu.example'`)
  expect(await health()).toMatchObject({ users: { admin: 0 }, disabledUsers: 1, firstAdmin: { named: [] } })
  expect((await invite('anna@xyz.example')).status).toBe(409)
  expect((await invite('neue@neu.example')).status).toBe(200)
})

test('an operator sees how a tenant fares, and nothing of what its mail says', async () => {
  await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111 top secret', text: 'hush' })
  await deliveriesSettled(api.database, 2)
  const seen = await api.call('readTenantHealth', { params }, operator)
  expect(seen.byState['appended']).toBeGreaterThan(0)
  expect(seen.lastMailAt).not.toBeNull()
  expect(JSON.stringify(seen)).not.toMatch(/secret|hush|acme|11111/)
  expect((await api.ask('readTenantHealth', { params: { tenant: 'nobody' } }, operator)).status).toBe(404)
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leadpost, leadpostJson, startLeadpost, type Started } from './leadpost.ts'

const password = 'seven quiet tables sing'
let env: { readonly DATA_DIR: string }
let started: Started

beforeAll(async () => {
  env = { DATA_DIR: await mkdtemp(join(tmpdir(), 'leadpost-links-')) }
  started = await startLeadpost(env)
  await leadpost(['load', 'fixtures/world.json'], env)
})
afterAll(async () => {
  await started.stop()
  await rm(env.DATA_DIR, { recursive: true, force: true })
})

async function use(link: string, body: object): Promise<{ status: number; body: unknown }> {
  const token = new URL(link).pathname.split('/').at(-1) ?? ''
  const response = await fetch(`${started.run.http}/api/v1/links/${token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}

test('the first start says how to become the operator, once', async () => {
  while (!started.said().includes('/link/')) await sleep(20)
  const link = /http:\S+\/link\/\S+/.exec(started.said())?.[0] ?? ''
  expect(new URL(link).origin).toBe(started.run.http)
  const first = { password, name: 'Otto', email: 'otto@host.example' }
  expect(await use(link, first)).toMatchObject({ status: 200, body: { user: { role: 'operator' } } })
  expect((await use(link, { ...first, email: 'other@host.example' })).status).toBe(404)
  expect((await leadpostJson<{ operators: object[] }>(['operator', 'list'], env)).operators).toEqual([
    { email: 'otto@host.example', name: 'Otto', hasPassword: true, disabled: false, invited: false },
  ])
})

test('a user is invited by the command line: the link is all that it prints', async () => {
  const { out, err, status } = await leadpost(
    ['user', 'invite', '--tenant', 'xyz', '--role', 'reviewer', '--name', 'Nora Neu', 'Nora@xyz.example'],
    env,
  )
  expect([status, err]).toEqual([0, expect.stringContaining('works once')])
  expect(await use(out.trim(), { password })).toMatchObject({
    body: { user: { email: 'nora@xyz.example', name: 'Nora Neu', role: 'reviewer' }, tenant: { slug: 'xyz' } },
  })
  expect((await leadpost(['user', 'invite', '--tenant', 'xyz', '--role', 'admin', 'nora@xyz.example'], env)).err).toMatch(/has an account/)
})

test('a new password, and a second operator, come by link as well', async () => {
  const { link } = await leadpostJson<{ link: string }>(['user', 'reset', 'anna@xyz.example'], env)
  expect(await use(link, { password })).toMatchObject({ status: 200, body: { user: { email: 'anna@xyz.example' } } })
  const invited = await leadpostJson<{ link: string; mailed: boolean }>(
    ['operator', 'invite', 'petra@host.example', '--name', 'Petra'],
    env,
  )
  expect(invited.mailed).toBe(false)
  expect(await use(invited.link, { password })).toMatchObject({ body: { user: { name: 'Petra', role: 'operator' }, tenant: null } })
  expect((await leadpost(['operator', 'disable', 'petra@host.example'], env)).out).toMatch(/no longer/)
  expect((await leadpost(['operator', 'reset', 'petra@host.example'], env)).status).toBe(1)
})

test.each([
  [['user', 'invite', '--tenant', 'xyz', '--role', 'king', 'x@xyz.example'], 2, /--role is one of/],
  [['operator', 'invite', 'anna@xyz.example'], 1, /has an account/],
])('%j is refused in words', async (words, status, err) => {
  const ended = await leadpost(words, env)
  expect([ended.status, ended.err]).toEqual([status, expect.stringMatching(err)])
})

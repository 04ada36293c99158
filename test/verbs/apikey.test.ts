import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiKeyJson } from '../../src/store/api-keys.ts'
import { leadpost, leadpostJson } from './leadpost.ts'

let env: { DATA_DIR: string }
beforeAll(async () => {
  env = { DATA_DIR: await mkdtemp(join(tmpdir(), 'leadpost-apikey-')) }
  expect((await leadpost(['load', resolve('fixtures/world.json')], env)).status).toBe(0)
})
afterAll(() => rm(env.DATA_DIR, { recursive: true }))

test.each([
  [['apikey'], 'apikey does not know ""'],
  [['apikey', 'create', '--tenant', 'xyz'], '--role is missing'],
  [['apikey', 'create', '--tenant', 'xyz', '--role', 'owner'], '--role is "owner"; it may be one of admin, reviewer, salesperson, submit'],
  [['apikey', 'create', '--tenant', 'xyz', '--role', 'admin', '--expires-in-days', '0'], '--expires-in-days is "0"'],
  [['apikey', 'revoke'], 'takes the ID of a key'],
])('%j is wrong usage', async (words, message) => {
  const { status, out, err } = await leadpost(words, { DATA_DIR: '/nonexistent/leadpost' })
  expect([status, out]).toEqual([2, ''])
  expect(err).toContain(message)
})

test('a key is shown once, listed without itself, and revoked', async () => {
  const words = ['apikey', 'create', '--tenant', 'xyz', '--role', 'submit', '--name', 'the shop', '--expires-in-days', '90']
  const { id, key } = await leadpostJson<{ id: string; key: string }>(words, env)
  expect(key).toMatch(/^leadpost_[A-Za-z0-9_-]{43}$/)
  const listed = await leadpost(['apikey', 'list', '--json'], env)
  expect(listed.out).not.toContain(key)
  const { keys } = JSON.parse(listed.out) as { keys: ApiKeyJson[] }
  expect(keys).toMatchObject([{ id, tenant: 'xyz', role: 'submit', name: 'the shop', state: 'active' }])
  expect(Date.parse(keys[0]?.expiresAt ?? '') - Date.now()).toBeGreaterThan(89 * 24 * 3_600_000)
  expect(await leadpost(['apikey', 'revoke', id], env)).toMatchObject({ status: 0, out: `The key ${id} is revoked.\n` })
  expect(await leadpost(['apikey', 'revoke', id], env)).toMatchObject({ status: 0, out: `The key ${id} was revoked before.\n` })
  expect((await leadpost(['apikey', 'list', '--tenant', 'xyz'], env)).out).toContain('revoked')
})

test('in words, standard output holds the key alone, so that it can be kept in a file', async () => {
  const { out, err } = await leadpost(['apikey', 'create', '--tenant', 'xyz', '--role', 'admin'], env)
  expect(out).toMatch(/^leadpost_[A-Za-z0-9_-]{43}\n$/)
  expect(err).toContain('not shown again')
})

test('an unknown tenant or key is told', async () => {
  for (const words of [
    ['create', '--tenant', 'nobody', '--role', 'admin'],
    ['list', '--tenant', 'nobody'],
    ['revoke', 'nothing'],
  ]) {
    const { status, err } = await leadpost(['apikey', ...words], env)
    expect([status, err]).toEqual([1, expect.stringMatching(/There is no (?:tenant|key)/) as string])
  }
})

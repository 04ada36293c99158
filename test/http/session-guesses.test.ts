/** Who guesses passwords waits longer and longer; who merely shares something with him does not. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { accountGuessRule, clientGuessRule, pairGuessRule } from '../../src/accounts/guesses.ts'
import { waitAfter } from '../../src/store/guesses.ts'
import { openTestApi, type Asked, type TestApi } from '../support/api.ts'
import { givePassword, testPassword } from '../support/sign-in.ts'

const anna = 'anna@xyz.example'
let api: TestApi
let guesses = 0

beforeAll(async () => {
  api = await openTestApi({ HTTP_TRUSTED_PROXIES: '127.0.0.1' })
  await givePassword(api, anna)
  await givePassword(api, 'clara@xyz.example')
})
afterAll(() => api.close())
afterEach(async () => {
  await api.database.owner('DELETE FROM password_guess')
})

const from = (client: string) => ({ 'x-forwarded-for': client })

function guess(email: string, client: string, password = `guess ${String(guesses++)}`): Promise<Asked> {
  return api.ask('signIn', { body: { email, password } }, from(client))
}

async function guessTimes(times: number, email: string, clientOf: (index: number) => string): Promise<void> {
  for (let index = 0; index < times; index++) expect((await guess(email, clientOf(index))).status).toBe(401)
}

describe('one client at one account', () => {
  test('waits after five wrong passwords, is told how long, and may go on then', async () => {
    await guessTimes(pairGuessRule.freeMax, anna, () => '192.0.2.1')
    const refused = await guess(anna, '192.0.2.1', testPassword)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((refused.body as { detail: string }).detail).toMatch(/Too many wrong passwords\. Wait \d seconds/)
    await api.database.owner('UPDATE password_guess SET blocked_until = now()')
    expect((await guess(anna, '192.0.2.1', testPassword)).status).toBe(200)
    expect((await guess(anna, '192.0.2.1')).status).toBe(401)
  })

  test('stands in the audit trail of the company', async () => {
    await guessTimes(pairGuessRule.freeMax, anna, () => '192.0.2.7')
    const rows = await api.database.owner(`SELECT actor, detail FROM audit_entry WHERE action = 'passwordGuessed' ORDER BY id DESC LIMIT 1`)
    expect(rows).toEqual([{ actor: anna, detail: { clientAddress: '192.0.2.7' } }])
  })

  test('does not make others wait: neither the owner elsewhere nor his neighbours', async () => {
    await guessTimes(pairGuessRule.freeMax, anna, () => '192.0.2.1')
    expect((await guess(anna, '192.0.2.2', testPassword)).status).toBe(200)
    expect((await guess('clara@xyz.example', '192.0.2.1', testPassword)).status).toBe(200)
  })

  test('that tries one old password all day is no guesser', async () => {
    for (let count = 0; count < pairGuessRule.freeMax * 3; count++) expect((await guess(anna, '192.0.2.3', 'the old one')).status).toBe(401)
    expect((await guess(anna, '192.0.2.3', testPassword)).status).toBe(200)
  })

  test('is one client with all addresses of its network', async () => {
    await guessTimes(pairGuessRule.freeMax, anna, (index) => `2001:db8::${String(index + 1)}`)
    expect((await guess(anna, '2001:db8::ffff', testPassword)).status).toBe(429)
    expect((await guess(anna, '2001:db8:0:1::1', testPassword)).status).toBe(200)
  })
})

describe('many clients at one account', () => {
  test('wait too, but for a client from which its owner signed in before', async () => {
    expect((await guess(anna, '198.51.100.1', testPassword)).status).toBe(200)
    await guessTimes(accountGuessRule.freeMax, anna, (index) => `203.0.113.${String(index + 1)}`)
    expect((await guess(anna, '203.0.113.200', testPassword)).status).toBe(429)
    expect((await guess(anna, '198.51.100.1', testPassword)).status).toBe(200)
  })
})

describe('one client at many accounts', () => {
  test('waits, whether there are such accounts or not', async () => {
    for (let index = 0; index < clientGuessRule.freeMax; index++)
      expect((await guess(`user${String(index)}@nowhere.example`, '192.0.2.9')).status).toBe(401)
    expect((await guess(anna, '192.0.2.9', testPassword)).status).toBe(429)
  })
})

describe('an account that is not there', () => {
  test('waits like one that is', async () => {
    await guessTimes(pairGuessRule.freeMax, 'nobody@xyz.example', () => '192.0.2.1')
    expect((await guess('nobody@xyz.example', '192.0.2.1')).status).toBe(429)
  })

  test('takes about as long to refuse', async () => {
    const medianMs = async (email: string): Promise<number> => {
      const times: number[] = []
      for (let round = 0; round < 9; round++) {
        const started = performance.now()
        await guess(email, `198.18.0.${String(round)}`)
        times.push(performance.now() - started)
      }
      return times.toSorted((a, b) => a - b)[4] ?? 0
    }
    await guess(anna, '198.18.1.1')
    const [known, unknown] = [await medianMs(anna), await medianMs('nobody@xyz.example')]
    // A hash alone takes 15 ms; without it the answer would come in a third of the time.
    expect(unknown).toBeGreaterThan(known / 2)
    expect(unknown).toBeLessThan(known * 2)
  })
})

test('SMTP AUTH and the page count together', async () => {
  const { guessesOf, passwordWasWrong } = await import('../../src/accounts/guesses.ts')
  const { openSenderDirectory } = await import('../../src/intake/sender-directory.ts')
  const { openSignIn } = await import('../../src/intake/sign-in.ts')
  const { openLog } = await import('../../src/log.ts')
  const { database } = api.program.store
  const signIn = openSignIn({ directory: openSenderDirectory({ database }), log: openLog('silent') })
  for (let count = 0; count < pairGuessRule.freeMax; count++) await signIn.check(anna, `smtp guess ${String(count)}`, '192.0.2.4')
  expect((await guess(anna, '192.0.2.4', testPassword)).status).toBe(429)
  const guesser = { email: 'clara@xyz.example' as never, client: '192.0.2.5' }
  for (let count = 0; count < pairGuessRule.freeMax; count++) await passwordWasWrong(database, guesser, `page guess ${String(count)}`)
  expect((await guessesOf(database, guesser)).waitMs).toBeGreaterThan(0)
  expect(await signIn.check('clara@xyz.example', testPassword, '192.0.2.5')).toEqual({ kind: 'tooOften' })
})

test('waits grow and have an end', () => {
  const waits = [4, 5, 6, 7, 12, 100, 10_000].map((count) => waitAfter(pairGuessRule, count))
  expect(waits).toEqual([0, 2_000, 4_000, 8_000, 256_000, 900_000, 900_000])
})

test('what counts no more is removed with the guesses that come', async () => {
  await api.database.owner(
    `INSERT INTO password_guess SELECT sha256(n::text::bytea), 1, now() - interval '2 hours', now() FROM generate_series(1, 40) n`,
  )
  await guess(anna, '192.0.2.1')
  await guess(anna, '192.0.2.1')
  const [row] = await api.database.owner<{ left: number }>('SELECT count(*)::int AS left FROM password_guess')
  expect(row?.left).toBe(3)
})

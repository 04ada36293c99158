import { describe, expect, test } from 'vitest'
import { passwordCharactersMax as shapeMax, passwordCharactersMin as shapeMin } from '../../src/api/shapes-session.ts'
import { passwordCharactersMax, passwordCharactersMin } from '../../src/accounts/passwords.ts'
import { checkNewPassword } from '../../src/accounts/password-rules.ts'

const about = ['Anna Arndt', 'anna.arndt@xyz.example', 'XYZ GmbH']

describe('a new password', () => {
  test.each([
    ['a horse reads quietly'],
    ['correct horse battery'],
    ['tr0ub4dor&3 kvinna'],
    ['kzpt mwqv rb'],
    ['סיסמה ארוכה מאוד'],
    ['Anna reads a horse'],
    ['w'.repeat(7) + ' a horse reads quietly '.repeat(40)],
  ])('may be %j', async (password) => {
    await expect(checkNewPassword(password, about)).resolves.toBeUndefined()
  })

  test.each([
    ['short', /at least 10 characters; this one has 5/],
    ['x'.repeat(1001), /at most 1000 characters/],
    ['password123', /known from breaches/],
    ['Passwort123!', /known from breaches/],
    ['Sommer2026!!', /known from breaches/],
    ['1234567890', /known from breaches/],
    ['iloveyou1234', /known from breaches/],
    ['aaaaaaaaaaaa', /easy to guess/],
    ['abcdefghij', /easy to guess/],
    ['ab'.repeat(400), /easy to guess/],
    ['anna.arndt2026', /made of a name/],
    ['AnnaArndt1!!', /made of a name/],
    ['Xyz GmbH 2026', /made of a name/],
    ['anna.arndt@xyz.example', /made of a name/],
    ['leadpost2026', /made of a name/],
  ])('may not be %j', async (password, words) => {
    await expect(checkNewPassword(password, about)).rejects.toThrow(words)
  })

  test('of a thousand characters is looked at within a moment', async () => {
    const started = performance.now()
    await checkNewPassword('p4$$w0rd'.repeat(125), []).catch(() => undefined)
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

test('the page is told the same lengths', () => {
  expect([shapeMin, shapeMax]).toEqual([passwordCharactersMin, passwordCharactersMax])
})

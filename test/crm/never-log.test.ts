import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { neverLogHit, neverLogPattern, neverLogPatternsOf } from '../../src/crm/never-log.ts'
import { addressKey, type AddressKey } from '../../src/mail/address.ts'

function key(written: string): AddressKey {
  const found = addressKey(written)
  if (found === null) throw new Error(`no address: ${written}`)
  return found
}

describe('a rule is stored in its one form', () => {
  test.each([
    ['Boss@Client.Example.', 'boss@client.example'],
    [' lawyer.example ', 'lawyer.example'],
    ['@Lawyer.example', 'lawyer.example'],
    ['Bücher.example', 'xn--bcher-kva.example'],
    ['not an address@x', null],
    ['two@at@signs.example', null],
    ['*.lawyer.example', null],
    ['', null],
    ['@', null],
  ])('%s', (written, pattern) => {
    expect(neverLogPattern(written)).toBe(pattern)
  })
})

describe('a rule hits its address, or everybody under its domain', () => {
  const rules = ['boss@client.example', 'lawyer.example', 'kanzlei.lawyer.example']
  test.each([
    ['boss@client.example', 'boss@client.example'],
    ['BOSS@client.example', 'boss@client.example'],
    ['eva@client.example', null],
    ['boss+news@client.example', 'boss@client.example'],
    ['boss+a+b@client.example', 'boss@client.example'],
    ['+boss@client.example', null],
    ['bossy+boss@client.example', null],
    ['boss@sub.client.example', null],
    ['any@lawyer.example', 'lawyer.example'],
    ['any@mail.lawyer.example', 'lawyer.example'],
    ['any@kanzlei.lawyer.example', 'kanzlei.lawyer.example'],
    ['any@a.b.kanzlei.lawyer.example', 'kanzlei.lawyer.example'],
    ['any@notlawyer.example', null],
    ['any@lawyer.example.attacker.example', null],
    ['lawyer.example@client.example', null],
  ])('%s', (written, rule) => {
    expect(neverLogHit(rules, key(written))).toBe(rule)
    expect(neverLogHit(rules.toReversed(), key(written))).toBe(rule)
  })

  test('without rules nobody is hit', () => {
    expect(neverLogHit([], key('eva@acme.example'))).toBeNull()
  })

  test('all rules that could hit an address, narrowest first', () => {
    expect(neverLogPatternsOf(key('eva@a.b.example'))).toEqual(['eva@a.b.example', 'a.b.example', 'b.example', 'example'])
  })
})

test('whoever writes an address or its domain on the list is never missed', () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
  fc.assert(
    fc.property(label, fc.array(label, { minLength: 1, maxLength: 4 }), fc.nat(4), fc.boolean(), (local, labels, from, asAddress) => {
      const domain = labels.join('.')
      const written = asAddress ? `${local.toUpperCase()}@${domain}` : labels.slice(Math.min(from, labels.length - 1)).join('.')
      const pattern = neverLogPattern(written)
      expect(neverLogHit(['other.test', pattern ?? ''], key(`${local}@${domain}`))).toBe(pattern)
    }),
  )
})

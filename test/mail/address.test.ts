/** One canonical form for an address and a domain, and null for whatever is not plainly one mailbox. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AddressKey, addressKey, addressOctetsMax, domainName, domainOf } from '../../src/mail/address.ts'

const mathematical = 'anna@\u{1d431}\u{1d432}\u{1d433}.example'

describe('addressKey', () => {
  test.each([
    ['anna@xyz.example', 'anna@xyz.example'],
    ['Anna.Arndt@XYZ.Example', 'anna.arndt@xyz.example'],
    [' anna@xyz.example\t', 'anna@xyz.example'],
    ['anna@xyz.example.', 'anna@xyz.example'],
    ['anna+11111@xyz.example', 'anna+11111@xyz.example'],
    ['anna@MÜLLER.example', 'anna@xn--mller-kva.example'],
    ['anna@mu\u0308ller.example', 'anna@xn--mller-kva.example'],
    ['anna@XN--MLLER-KVA.example', 'anna@xn--mller-kva.example'],
    ['anna@straße.example', 'anna@xn--strae-oqa.example'],
    ['JÖRG@xyz.example', 'jörg@xyz.example'],
    ['jo\u0308rg@xyz.example', 'jörg@xyz.example'],
    ['crm@localhost', 'crm@localhost'],
    ['a..b.@docomo.example', 'a..b.@docomo.example'],
    ['anna@zero_pct.example', 'anna@zero_pct.example'],
    ["o'brien!#$%&*/=?^_`{|}~-@xyz.example", "o'brien!#$%&*/=?^_`{|}~-@xyz.example"],
  ])('%j is the mailbox %j', (written, key) => {
    expect(addressKey(written)).toBe(key)
  })

  test.each([
    ['', 'nothing'],
    ['anna', 'no domain'],
    ['@xyz.example', 'no local part'],
    ['anna@', 'an empty domain'],
    ['anna@.', 'the root'],
    ['anna@xyz..example', 'an empty label'],
    ['anna@xyz.example..', 'two trailing dots'],
    ['<anna@xyz.example>', 'brackets'],
    ['Anna <anna@xyz.example>', 'a name'],
    ['@a.example,@b.example:anna@xyz.example', 'a source route (hazard 5)'],
    ['anna@attacker.example@xyz.example', 'two at signs'],
    ['"anna"@xyz.example', 'a quoted local part (hazard 5)'],
    ['"anna@xyz.example"@attacker.example', 'a quoted local part with an at sign'],
    ['anna(c)@xyz.example', 'a comment'],
    ['anna arndt@xyz.example', 'a space'],
    ['anna@[192.0.2.1]', 'an address literal'],
    ['anna@192.0.2.1', 'a number for a domain'],
    ['anna@xyz.0x7f', 'a last label that is a number'],
    [mathematical, 'mathematical letters (hazard 3)'],
    ['anna@ｘｙｚ.example', 'full-width letters'],
    ['anna@xyz。example', 'an ideographic full stop'],
    ['anna@x\u00adyz.example', 'a soft hyphen'],
    ['anna@xy\u200bz.example', 'a zero-width space'],
    ['anna@xyz\u212a.example', 'a Kelvin sign'],
    ['\u212aate@xyz.example', 'a Kelvin sign in the local part'],
    ['ﬁnance@xyz.example', 'a ligature in the local part'],
    ['an\u200bna@xyz.example', 'an invisible character in the local part'],
    ['anna@xn--xyz-.example', 'an A-label of plain letters'],
    ['anna@xn--zzzzzz99999.example', 'an A-label that decodes to nothing'],
    ['anna@-xyz.example', 'a label that begins with a hyphen'],
    ['anna@ü-.example', 'a U-label that ends with a hyphen'],
    ['anna@xyz.exa\u0000mple', 'U+0000'],
    ['an\u0007na@xyz.example', 'a control character'],
    ['anna@xyz%2eexample', 'a percent sign in the domain'],
    ['=?utf-8?q?anna?=@xyz.example', 'an encoded word (RFC 2047 §5)'],
    ['an\ufffdna@xyz.example', 'what replaced an unreadable octet'],
    [`${'a'.repeat(addressOctetsMax)}@xyz.example`, 'more octets than a path may have'],
    [`anna@${'a'.repeat(64)}.example`, 'a label of 64 octets'],
  ])('%j is nobody: %s', (written) => {
    expect(addressKey(written)).toBeNull()
  })

  const letters = fc.string({
    unit: fc.constantFrom('a', 'Z', '.', '-', '+', '@', 'ü', 'Ü', 'ß', 'Σ', 'ς', '\u0308', '\u212a', 'x', 'n', '１', '"', ' '),
  })

  test('the key of a key is the key', () => {
    fc.assert(
      fc.property(fc.oneof(letters, fc.string({ unit: 'binary' }), fc.emailAddress()), (written) => {
        const key = addressKey(written)
        expect(key === null ? null : addressKey(key)).toBe(key)
      }),
    )
  })

  test('upper case, a trailing dot and the UTF-8 form of a domain change nothing', () => {
    fc.assert(
      fc.property(fc.emailAddress(), fc.constantFrom('', '.'), (written, dot) => {
        const key = addressKey(written)
        expect(addressKey(`${written.toUpperCase()}${dot}`)).toBe(key)
      }),
    )
    expect(addressKey('anna@xn--strae-oqa.example')).toBe(addressKey('anna@STRAßE.example'))
  })

  test('a key is plain: one at sign, an ASCII domain, no more octets than allowed', () => {
    fc.assert(
      fc.property(fc.oneof(letters, fc.string({ unit: 'binary' })), (written) => {
        const key = addressKey(written) ?? ('stand@in.example' as AddressKey)
        expect(key.split('@')).toHaveLength(2)
        expect(domainOf(key)).toMatch(/^[a-z0-9_.-]+$/)
        expect(domainName(domainOf(key))).toBe(domainOf(key))
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(addressOctetsMax)
      }),
    )
  })

  test('a character outside ASCII never becomes one inside it', () => {
    const characters = Array.from({ length: 0x2_ffff - 0x80 }, (_, index) => String.fromCodePoint(index + 0x80)).filter((one) =>
      one.isWellFormed(),
    )
    const ascii = (text: string): string => text.replaceAll(/[^\0-\x7f]/g, '')
    const changed = characters.filter((character) => {
      const key = addressKey(`a${character}b@xyz.example`)
      // A combining mark takes the letter before it along.
      return key !== null && (key === ascii(key) || !['ab@xyz.example', 'b@xyz.example'].includes(ascii(key)))
    })
    expect(changed).toEqual([])
    expect(
      characters.map((character) => domainName(`a${character}b.example`)).filter((domain) => domain !== null && !domain.startsWith('xn--')),
    ).toEqual([])
  })
})

test('domainName keeps look-alikes apart', () => {
  expect(domainName('аррӏе.example')).toBe('xn--80ak6aa92e.example')
  expect(domainName('аррӏе.example')).not.toBe(domainName('apple.example'))
})

test('the sigma at a word’s end keeps its own name, and its capital is the other one', () => {
  expect(domainName('ας.example')).toBe('xn--mxa8a.example')
  expect(domainName('ΑΣ.example')).toBe(domainName('ασ.example'))
})

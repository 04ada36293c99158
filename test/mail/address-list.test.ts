/** Address fields: structure first, decoding last, and a plain word about what two readers might understand differently. */
import * as fc from 'fast-check'
import addressparser from 'nodemailer/lib/addressparser/index.js'
import { describe, expect, test } from 'vitest'
import { type AddressKey, addressKey, domainName, domainOf } from '../../src/mail/address.ts'
import { addressFieldCharactersMax, nameCharactersMax, readAddressList, recipientsMax } from '../../src/mail/address-list.ts'

function keys(body: string): (string | null)[] {
  return readAddressList(body).mailboxes.map((mailbox) => mailbox.key)
}

describe('a plain list', () => {
  test.each([
    [' anna@xyz.example', null],
    [' Anna Arndt <anna@xyz.example>', 'Anna Arndt'],
    [' "Arndt, Anna" <Anna@XYZ.example>', 'Arndt, Anna'],
    [' "Anna \\"A.\\" Arndt" <anna@xyz.example>', 'Anna "A." Arndt'],
    [' Dr. A. Arndt <anna@xyz.example.>', 'Dr. A. Arndt'],
    [' =?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_M=C3=BCller?=\r\n <anna@xyz.example>', 'Jörg Müller'],
    [' "=?utf-8?Q?J=C3=B6rg?=" <anna@xyz.example>', 'Jörg'],
    [' Anna Arndt\r\n <anna@xyz.example>', 'Anna Arndt'],
    [' anna@xyz.example (Anna Arndt)', 'Anna Arndt'],
    [' Anna (Sales) <anna@xyz.example>', 'Anna'],
    [' < anna@xyz.example >', null],
    [' Anna [Sales] <anna@xyz.example>', 'Anna [Sales]'],
    [' anna@xyz.example <anna@xyz.example>', 'anna@xyz.example'],
    [' Jörg <anna@xyz.example>', 'Jörg'],
    // A name that looks like an address stays a name (hazard 2).
    [' "ceo@bank.example" <anna@xyz.example>', 'ceo@bank.example'],
    [' =?utf-8?Q?ceo=40bank.example=22=2C?= <anna@xyz.example>', 'ceo@bank.example",'],
  ])('%j is anna and nobody else', (body, name) => {
    const list = readAddressList(body)
    expect(list.mailboxes.map((mailbox) => mailbox.key)).toEqual(['anna@xyz.example'])
    expect(list.mailboxes[0]?.name).toBe(name)
    expect(list.plain).toBe(true)
  })

  test('several mailboxes stand in order, quoted commas among them (hazard 15)', () => {
    const list = readAddressList(' "Muster, Eva" <eva@acme.example>, bob@acme.example,\r\n "X; Y: <z>" <x@acme.example>')
    expect(list).toMatchObject({
      plain: true,
      mailboxes: [{ name: 'Muster, Eva', key: 'eva@acme.example' }, { key: 'bob@acme.example' }, { name: 'X; Y: <z>' }],
    })
  })
})

describe('what is not plain', () => {
  test.each<[string, (string | null)[]]>([
    [' "a@tenant.example", <b@attacker.example>', [null, 'b@attacker.example']],
    [' a@tenant.example <b@attacker.example>', ['b@attacker.example']],
    [' b@attacker.example (a@tenant.example)', ['b@attacker.example']],
    [' (a@tenant.example) b@attacker.example', ['b@attacker.example']],
    [' b@attacker.example (c <a@tenant.example>)', ['b@attacker.example']],
    [' <b@attacker.example> a@tenant.example', ['b@attacker.example']],
    [' <b@attacker.example> <a@tenant.example>', ['b@attacker.example', 'a@tenant.example']],
    [' <b@attacker.example>> a@tenant.example', ['b@attacker.example']],
    [' Team: a@tenant.example, b@attacker.example;', ['a@tenant.example', 'b@attacker.example']],
    [' a@tenant.example; b@attacker.example', ['a@tenant.example', 'b@attacker.example']],
    [' undisclosed-recipients:;', []],
    [' unknown recipients', [null]],
    [' <@a.example,@b.example:anna@xyz.example>', [null]],
    [' "anna"@xyz.example', [null]],
    [' "anna@xyz.example"@attacker.example', [null]],
    [' anna(c)@xyz.example', [null]],
    [' <anna(c)@xyz.example>', [null]],
    [' <anna@(c)xyz.example>', [null]],
    [' <(c)anna@xyz.example>', ['anna@xyz.example']],
    [' anna @ xyz.example', [null]],
    [' anna@machine(comment).  example', [null]],
    [' Anna anna@xyz.example', [null]],
    [' anna@xyz.example bob@xyz.example', [null]],
    [' <<anna@xyz.example>>', [null]],
    [' Anna <anna@xyz.example', [null]],
    [' Anna <anna@xyz.example, Eva <eva@acme.example>', [null, 'eva@acme.example']],
    [' "Anna <anna@xyz.example>', [null]],
    [' Anna (Sales <anna@xyz.example>', [null]],
    [' Anna\\" <anna@xyz.example>, "x"', [null]],
    [' Anna [Sales <anna@xyz.example>', ['anna@xyz.example']],
    [' Anna\u0000 <anna@xyz.example>', ['anna@xyz.example']],
    [' <an\u0000na@xyz.example>', [null]],
    [' =?utf-8?Q?anna=40xyz.example?=', [null]],
    [' <=?utf-8?Q?anna?=@xyz.example>', [null]],
    [' <anna@=?utf-8?Q?xyz.example?=>', [null]],
    [' anna@[192.0.2.1]', [null]],
    [' <>', [null]],
    [' , anna@xyz.example', ['anna@xyz.example']],
    [' anna@xyz.example,', ['anna@xyz.example']],
  ])('%j is told with what it holds, and not called plain', (body, expected) => {
    const list = readAddressList(body)
    expect(list.mailboxes.map((mailbox) => mailbox.key)).toEqual(expected)
    expect(list.plain).toBe(false)
  })
})

test('names are on one line, without controls and without characters that turn the direction', () => {
  const [mailbox] = readAddressList(' =?utf-8?Q?Anna=0D=0ABcc=3A_x=00=E2=80=AEtxt?= <anna@xyz.example>').mailboxes
  expect(mailbox?.name).toBe('Anna Bcc: x txt')
})

test('4,096 copies of one recipient and a name without end are bounded, and the cut is told (hazard 14)', () => {
  const many = readAddressList(' eva@acme.example,'.repeat(4_096))
  expect(many.mailboxes).toHaveLength(recipientsMax)
  expect(many.truncated).toBe(true)
  expect(many.plain).toBe(false)
  expect(readAddressList(`${'x'.repeat(50_000)} <eva@acme.example>`).mailboxes[0]?.name).toHaveLength(nameCharactersMax)
})

test('half an address at the cut is left out, since it is somebody else’s', () => {
  const before = 'x'.repeat(addressFieldCharactersMax - 'a@b.example, eva@acme.exam'.length - 3)
  expect(keys(`"${before}" a@b.example, eva@acme.example`)).toEqual([null])
})

describe('laws', () => {
  const piece = fc.constantFrom(
    'a@tenant.example',
    'b@attacker.example',
    '"',
    '(',
    ')',
    '<',
    '>',
    ',',
    ';',
    ':',
    '\\',
    ' ',
    '\r\n ',
    'Anna',
    '@',
    '.',
    '[',
    ']',
    '\u0000',
    '=?utf-8?Q?a=40tenant.example?=',
    '=?',
  )
  const anything = fc.oneof(
    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary' }),
  )

  test('never throws, and a key is always the key of the address as written', () => {
    fc.assert(
      fc.property(anything, (body) => {
        for (const { address, key, name } of readAddressList(body).mailboxes) {
          expect(key).toBe(addressKey(address))
          expect(`${address}${name ?? ''}`.isWellFormed()).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('a key’s domain never comes out of a display name or a comment', () => {
    const claim = fc
      .array(fc.constantFrom('a@tenant.example', '<a@tenant.example>', ',', ' ', ';', ':', '@', 'x'), { maxLength: 8 })
      .map((pieces) => pieces.join(''))
    const encoded = claim.map((text) => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`)
    const wrapped = fc.oneof(
      claim.map((text) => `"${text}"`),
      claim.map((text) => `(${text})`),
      claim.map((text) => `(x(${text})"y)`),
      encoded,
      encoded.map((text) => `"${text}"`),
    )
    fc.assert(
      fc.property(fc.array(wrapped, { maxLength: 3 }), fc.array(wrapped, { maxLength: 2 }), (before, after) => {
        const list = readAddressList(`${before.join(' ')} <b@attacker.example> ${after.join(' ')}`)
        expect(list.mailboxes.filter(({ key }) => key !== null && domainOf(key) !== 'attacker.example')).toEqual([])
      }),
      { numRuns: 1_000 },
    )
  })

  test('another reader never finds another domain in a field that is called plain', () => {
    fc.assert(
      fc.property(anything, (body) => {
        const { plain, mailboxes } = readAddressList(body)
        if (!plain) return
        const theirs = addressparser(body, { flatten: true })
          .filter(({ address }) => address !== '')
          .map(({ address }) => domainName(address.slice(address.lastIndexOf('@') + 1)))
        expect(theirs).toEqual(mailboxes.map(({ key }) => domainOf(key ?? ('' as AddressKey))))
      }),
      { numRuns: 5_000 },
    )
  })

  test('a plain list holds only keyed mailboxes', () => {
    fc.assert(
      fc.property(anything, (body) => {
        const { plain, mailboxes } = readAddressList(body)
        expect(plain && mailboxes.some((mailbox) => mailbox.key === null)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  believedResults,
  fieldCharactersMax,
  methodsMax,
  readArcAuthenticationResults,
  readAuthenticationResults,
} from '../../src/mail/authentication-results.ts'
import type { HeaderLine } from '../../src/mail/message.ts'

const read = (body: string): unknown => {
  const field = readAuthenticationResults(body)
  return field === null
    ? null
    : [field.authservId, ...field.methods.map(({ method, result, properties }) => [method, result, Object.fromEntries(properties)])]
}

describe('an Authentication-Results field', () => {
  test.each([
    ['no results', ' example.org 1; none', ['example.org']],
    [
      'SPF',
      ' example.com;\r\n          spf=pass smtp.mailfrom=example.net',
      ['example.com', ['spf', 'pass', { 'smtp.mailfrom': 'example.net' }]],
    ],
    [
      'comments everywhere',
      ` foo.example.net (foobar) 1 (baz);\r\n    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n      policy (A dot can go here) . (like that) expired\r\n      (this surprised me) = (as I wasn't expecting it) 1362471462`,
      ['foo.example.net'],
    ],
    [
      'several methods with comments',
      ' mx.google.com; dkim=pass header.i=@tenant.example header.b="a;b=c"; spf=pass (google.com: domain of x@y designates 192.0.2.1) smtp.mailfrom=x@tenant.example; dmarc=pass (p=NONE sp=NONE) header.from=tenant.example',
      [
        'mx.google.com',
        ['dkim', 'pass', { 'header.i': '@tenant.example', 'header.b': 'a;b=c' }],
        ['spf', 'pass', { 'smtp.mailfrom': 'x@tenant.example' }],
        ['dmarc', 'pass', { 'header.from': 'tenant.example' }],
      ],
    ],
    [
      'a base64 value with equals signs',
      ' a.example; dkim=pass header.b=ab/c+d==',
      ['a.example', ['dkim', 'pass', { 'header.b': 'ab/c+d==' }]],
    ],
    [
      'white space round the equals sign',
      ' a.example; dkim = pass header.d = b.example',
      ['a.example', ['dkim', 'pass', { 'header.d': 'b.example' }]],
    ],
    [
      'upper case and a trailing dot',
      ' MX.Example. ; SPF=Pass SMTP.MailFrom=b.example',
      ['mx.example', ['spf', 'pass', { 'smtp.mailfrom': 'b.example' }]],
    ],
    ['a quoted authserv-id', ' "mx.example"; spf=fail', ['mx.example', ['spf', 'fail', {}]]],
    [
      'results that are no words of RFC 8601',
      ' a.example; spf=bestguesspass; dkim=hardfail; dmarc=pass',
      ['a.example', ['dmarc', 'pass', {}]],
    ],
    ['a method of another version', ' a.example; spf/2=pass; dkim/1=pass', ['a.example', ['dkim', 'pass', {}]]],
    [
      'a comment that holds results',
      ' a.example; spf=fail (; dmarc=pass header.from=tenant.example) smtp.mailfrom=b.example',
      ['a.example', ['spf', 'fail', { 'smtp.mailfrom': 'b.example' }]],
    ],
    [
      'a quoted string that holds results',
      ' a.example; spf=fail smtp.mailfrom="x; dmarc=pass header.from=tenant.example"',
      ['a.example', ['spf', 'fail', { 'smtp.mailfrom': 'x; dmarc=pass header.from=tenant.example' }]],
    ],
    ['a comment that does not end', ' a.example; spf=fail (; dmarc=pass', ['a.example', ['spf', 'fail', {}]]],
  ])('is read: %s', (_, body, expected) => {
    expect(read(body)).toEqual(expected)
  })

  test.each([
    ['no authserv-id (as Exchange Online writes it)', ' spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=tenant.example; dmarc=pass'],
    ['another version', ' a.example 2; dmarc=pass'],
    ['several authserv-ids', ' a.example b.example 1; dmarc=pass'],
    ['nothing', ''],
    ['endless text', ` a.example; ${'x'.repeat(fieldCharactersMax)}`],
  ])('is nothing: %s', (_, body) => {
    expect(readAuthenticationResults(body)).toBeNull()
  })

  test('has a bound on its results', () => {
    expect(readAuthenticationResults(`a.example${'; dkim=pass'.repeat(1_000)}`)?.methods).toHaveLength(methodsMax)
  })

  test('of ARC begins with its instance', () => {
    expect(readArcAuthenticationResults(' i=1; lists.example; dmarc=pass')?.authservId).toBe('lists.example')
    expect(readArcAuthenticationResults(' lists.example; dmarc=pass')).toBeNull()
  })

  test('is read without a throw, whatever it says', () => {
    const pieces = fc.constantFrom(
      ';',
      '=',
      '(',
      ')',
      '"',
      '\\',
      ' ',
      '\r\n ',
      '/',
      '.',
      'dmarc',
      'pass',
      'mx.example',
      '1',
      'header.from',
      '\u0000',
      'ä',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 60 }).map((list) => list.join('')),
        ),
        (body) => {
          expect(readAuthenticationResults(body)?.authservId).not.toBe('')
          believedResults(
            [
              { name: 'received', value: body },
              { name: 'authentication-results', value: body },
            ],
            ['mx.example'],
          )
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('costs time in proportion to its length', () => {
    const started = performance.now()
    for (const piece of ['(', '((()', '"', '\\', 'a=', ' ', ';', '= ', '=('])
      readAuthenticationResults(`a.example;${piece.repeat(16_000 / piece.length)}`)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('which field is believed', () => {
  const results = (id: string, verdict: string): HeaderLine => ({
    name: 'authentication-results',
    value: ` ${id}; dmarc=${verdict} header.from=tenant.example`,
  })
  const hop = (value: string): HeaderLine => ({ name: 'received', value: ` ${value}` })
  const verdict = (lines: HeaderLine[], ids = ['mx.example']): string => {
    const believed = believedResults(lines, ids)
    return believed.kind === 'believed'
      ? (believed.field.methods[0]?.result ?? '')
      : `none${believed.belowHop === null ? '' : ` below ${believed.belowHop}`}`
  }

  test.each<[string, HeaderLine[], string]>([
    ['the only one', [results('mx.example', 'pass')], 'pass'],
    ['the topmost of two', [results('mx.example', 'fail'), results('mx.example', 'pass')], 'fail'],
    ['none of another server', [results('mx.attacker.example', 'pass'), results('mx.example.attacker.example', 'pass')], 'none'],
    ['not one whose name only ends alike', [results('evilmx.example', 'pass')], 'none'],
    ['the named one below those of others', [results('other.example', 'pass'), results('mx.example', 'fail')], 'fail'],
    [
      'one below the hop that the server itself recorded',
      [hop('from client.example by mx.example with ESMTPS'), results('mx.example', 'pass')],
      'pass',
    ],
    [
      'one below a hop within a name of the server',
      [hop('from mx.example by store.mx.example with LMTP'), results('mx.example', 'pass')],
      'pass',
    ],
    ['one below a hand-over without a sender', [hop('by 2002:a05:6a10:1234 with SMTP id x'), results('mx.example', 'pass')], 'pass'],
    [
      'none below a hop that another recorded',
      [hop('from a.example by mx.attacker.example with SMTP'), results('mx.example', 'pass')],
      'none below mx.attacker.example',
    ],
    [
      'none below a hop that names the server in a comment alone',
      [hop('from a.example (by mx.example) by evil.example'), results('mx.example', 'pass')],
      'none below evil.example',
    ],
    [
      'none below a hop that hides who recorded it',
      [hop('from a.example with SMTP'), results('mx.example', 'pass')],
      'none below an unnamed host',
    ],
    ['none of a broken field', [{ name: 'authentication-results', value: ' mx.example 9; dmarc=pass' }], 'none'],
  ])('%s', (_, lines, expected) => {
    expect(verdict(lines)).toBe(expected)
  })

  test('none where no server is named', () => {
    expect(verdict([results('mx.example', 'pass')], [])).toBe('none')
  })
})

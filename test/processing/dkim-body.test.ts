import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { dkimBody } from 'mailauth/lib/dkim/body/index.js'
import { describe, expect, test } from 'vitest'
import { CanonicalBody, canonicalBody } from '../../src/processing/dkim-body.ts'

const canonical = (body: string, form: 'relaxed' | 'simple'): string =>
  Buffer.from(canonicalBody(Buffer.from(body, 'latin1'), form)).toString('latin1')

describe('a body in canonical form', () => {
  test.each([
    ['the example of RFC 6376 §3.4.5', ' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n', ' C \r\nD \t E\r\n'],
    ['an empty one', '', '', '\r\n'],
    ['nothing but empty lines', '\r\n\r\n', '', '\r\n'],
    ['nothing but blanks', ' \r\n\t\r\n', '', ' \r\n\t\r\n'],
    ['a last line without its end', 'a ', 'a\r\n', 'a \r\n'],
    ['lone line feeds', 'a\n\nb\n\n', 'a\r\n\r\nb\r\n', 'a\r\n\r\nb\r\n'],
    ['a lone carriage return', 'a \rb\r', 'a \rb\r\r\n', 'a \rb\r\r\n'],
  ])('%s', (_, body, relaxed, simple) => {
    expect(canonical(body, 'relaxed')).toBe(relaxed)
    expect(canonical(body, 'simple')).toBe(simple)
  })

  test.each(['relaxed', 'simple'] as const)('has the hash that mailauth gives it: %s', (form) => {
    const pieces = fc.array(fc.constantFrom('a', 'b', ' ', '  ', '\t', '\r\n', '\r\n\r\n', '\r', 'ä'), { maxLength: 40 })
    fc.assert(
      fc.property(pieces, (list) => {
        const body = Buffer.from(list.join(''), 'latin1')
        const theirs = dkimBody(form, 'sha256', '')
        theirs.update(body)
        expect(createHash('sha256').update(canonicalBody(body, form)).digest('base64')).toBe(theirs.digest('base64'))
      }),
      { numRuns: 3_000 },
    )
  })

  test.each(['relaxed', 'simple'] as const)('is the same in whatever chunks it comes: %s', (form) => {
    const pieces = fc.array(fc.constantFrom('a', ' ', '\t', '\r\n', '\n', '\r', '\r\n'.repeat(9_000), 'x'.repeat(40_000)), {
      maxLength: 30,
    })
    fc.assert(
      fc.property(pieces, (list) => {
        const came: Buffer[] = []
        const body = new CanonicalBody(form, (piece) => came.push(Buffer.from(piece)))
        for (const piece of list) body.push(Buffer.from(piece))
        body.end()
        expect(Buffer.concat(came).equals(canonicalBody(Buffer.from(list.join('')), form))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('costs the same time whatever stands in it', () => {
    const megabytes = 8
    for (const line of ['\ta \r\n', ' \r\n', '\n', 'x', ' ', 'text of a line\r\n']) {
      const body = Buffer.from(line.repeat((megabytes * 1_000_000) / line.length))
      const started = performance.now()
      canonicalBody(body, 'relaxed')
      canonicalBody(body, 'simple')
      expect(performance.now() - started).toBeLessThan(1_000)
    }
  })
})

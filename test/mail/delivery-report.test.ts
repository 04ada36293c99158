/** What a bounce says of the mail that it is about. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readDeliveryReport } from '../../src/mail/delivery-report.ts'

describe('a report', () => {
  const text = [
    'Sorry.',
    '',
    'Reporting-MTA: dns; mx.example',
    '',
    'Original-Recipient: rfc822;Eva@ACME.example',
    'Final-Recipient: rfc822; <eva@acme.example>',
    'Action: failed',
    '',
    'Final-Recipient: rfc822; otto@acme.example',
    'Action: delayed',
    '',
    'Final-Recipient: rfc822; greta@globex.example',
    'Status: 5.1.1',
  ].join('\r\n')

  test('names those whom the mail did not reach, and not those who may still get it', () => {
    expect(readDeliveryReport(text, null).failed).toEqual(['eva@acme.example', 'greta@globex.example'])
  })

  test('is about the mail whose header came back', () => {
    expect(readDeliveryReport(text, 'Received: x\nMessage-ID: <a@xyz.example>\nSubject: y').messageId).toBe('<a@xyz.example>')
    expect(readDeliveryReport(`${text}\n\n> Message-Id: <b@xyz.example>`, null).messageId).toBe('<b@xyz.example>')
    expect(readDeliveryReport(text, null).messageId).toBeNull()
  })
})

describe('a bounce in prose', () => {
  test('names the addresses that stand above the mail that it quotes', () => {
    const text =
      'Your mail to eva@acme.example could not be delivered.\n\nReceived: by mx\nMessage-ID: <c@xyz.example>\nTo: otto@acme.example'
    expect(readDeliveryReport(text, null)).toEqual({ messageId: '<c@xyz.example>', failed: ['eva@acme.example'] })
  })

  test('of whatever length and content is read without a throw', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => void readDeliveryReport(text, text)))
    expect(readDeliveryReport('Final-Recipient: rfc822; a@b.example\n'.repeat(50_000), null).failed).toEqual(['a@b.example'])
  })
})

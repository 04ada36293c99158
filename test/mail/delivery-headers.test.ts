import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deliveryAddressesMax, readDeliveryEnvelope, type DeliveryEnvelope } from '../../src/mail/delivery-headers.ts'
import { headerBlockOf, readHeaderLines } from '../../src/mail/header.ts'

function read(...lines: string[]): DeliveryEnvelope {
  const bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\nHello\r\n`)
  return readDeliveryEnvelope(readHeaderLines(headerBlockOf(bytes).block).lines)
}

const border =
  'Received: from mail.xyz.example (mail.xyz.example [192.0.2.7]) by mx.firm.example with ESMTPS id 1; Mon, 2 Nov 2026 09:30:00 +0000'
const borderFor = (address: string): string => border.replace(' id 1;', ` id 1 for <${address}>;`)
const authored = ['From: Anna Arndt <anna@xyz.example>', 'To: eva@acme.example', 'Subject: XYZ Lead 11111']

describe('what delivery leaves', () => {
  const stories: [string, string[], DeliveryEnvelope][] = [
    [
      'Postfix: the address before aliases and the one after, and the reverse path',
      ['Return-Path: <anna@xyz.example>', 'X-Original-To: crm+11111@firm.example', 'Delivered-To: leadpost@firm.example', border],
      { reversePath: 'anna@xyz.example', forwardPaths: ['crm+11111@firm.example', 'leadpost@firm.example'] },
    ],
    [
      'Postfix, one recipient: the `for` of its own hop',
      ['Return-Path: <anna@xyz.example>', borderFor('crm+11111@firm.example')],
      { reversePath: 'anna@xyz.example', forwardPaths: ['crm+11111@firm.example'] },
    ],
    [
      'Postfix to Dovecot over LMTP: the hop behind the hand-over still counts',
      [
        'Return-Path: <anna@xyz.example>',
        'Delivered-To: <leadpost@firm.example>',
        'Received: from mx.firm.example ([127.0.0.1])\r\n\tby mx.firm.example with LMTP\r\n\tid abc (envelope-from <anna@xyz.example>)\r\n\tfor <leadpost@firm.example>; Mon, 2 Nov 2026 09:30:00 +0000',
        borderFor('crm+11111@firm.example'),
      ],
      { reversePath: 'anna@xyz.example', forwardPaths: ['leadpost@firm.example', 'crm+11111@firm.example'] },
    ],
    [
      'Exim: several recipients of one copy',
      ['Return-path: <anna@xyz.example>', 'Envelope-to: crm@firm.example, crm+22222@firm.example', border],
      { reversePath: 'anna@xyz.example', forwardPaths: ['crm@firm.example', 'crm+22222@firm.example'] },
    ],
    ['fetchmail and sieve', ['X-Envelope-To: <crm@firm.example>', border], { reversePath: null, forwardPaths: ['crm@firm.example'] }],
    [
      'Gmail: the reverse path stands below a hop without `from`',
      [
        'Delivered-To: crm@firm.example',
        'Received: by 2002:a05:6a10:1234:0:0:0:0 with SMTP id x1csp1; Mon, 2 Nov 2026 01:30:00 -0800 (PST)',
        'X-Received: by 2002:a17:906:1 with SMTP id y; Mon, 2 Nov 2026 01:30:00 -0800 (PST)',
        'Return-Path: <anna@xyz.example>',
        borderFor('crm@firm.example').replace('mx.firm.example', 'mx.google.com'),
      ],
      { reversePath: 'anna@xyz.example', forwardPaths: ['crm@firm.example'] },
    ],
    [
      'Gmail that forwards to the mailbox which is watched',
      ['X-Forwarded-To: crm@firm.example', 'X-Forwarded-For: anna@xyz.example crm@firm.example', 'Delivered-To: anna@xyz.example', border],
      { reversePath: null, forwardPaths: ['crm@firm.example', 'anna@xyz.example'] },
    ],
    ['Exchange leaves nothing above its hop', [border], { reversePath: null, forwardPaths: [] }],
    ['a bounce has the null reverse path', ['Return-Path: <>', border], { reversePath: '', forwardPaths: [] }],
    [
      'comments and spaces around paths',
      ['Return-Path: (sender) < > (none)', 'Received: (x \\) for <c@d>) from a (for <b@c>) by mx for crm@firm.example (ok); now'],
      { reversePath: '', forwardPaths: ['crm@firm.example'] },
    ],
  ]
  test.each(stories)('%s', (_, lines, envelope) => {
    expect(read(...lines, ...authored)).toEqual(envelope)
  })
})

describe('what the sender may have written says nothing', () => {
  const forged = ['Return-Path: <boss@xyz.example>', 'Delivered-To: crm+22222@firm.example', 'X-Original-To: crm+22222@firm.example']
  test('below the hop that brought it', () => {
    const below = ['Received: from laptop by mail.xyz.example for <crm+22222@firm.example>; now', ...forged]
    expect(read('Return-Path: <anna@xyz.example>', borderFor('crm@firm.example'), ...below, ...authored)).toEqual({
      reversePath: 'anna@xyz.example',
      forwardPaths: ['crm@firm.example'],
    })
  })

  test('a forged hand-over below the real hop opens nothing', () => {
    expect(read(border, 'Received: from a by mx.firm.example with LMTP for <crm+22222@firm.example>; now', ...forged, ...authored)).toEqual(
      {
        reversePath: null,
        forwardPaths: [],
      },
    )
  })

  test('below a field of the author, in a mailbox that records no hop', () => {
    expect(read('Delivered-To: crm@firm.example', ...authored, ...forged)).toEqual({
      reversePath: null,
      forwardPaths: ['crm@firm.example'],
    })
  })

  test('whatever stands below the first hop from elsewhere changes nothing', () => {
    const line = fc.constantFrom(...forged, 'Received: by x', 'Received: from a by b with LMTP for <x@y>', 'X-Other: 1')
    fc.assert(
      fc.property(fc.array(line), (below) => {
        expect(read('Delivered-To: crm@firm.example', border, ...below)).toEqual(read('Delivered-To: crm@firm.example', border))
      }),
    )
  })
})

test('any lines at all are read without a throw, within bounds', () => {
  const name = fc.constantFrom('return-path', 'delivered-to', 'received', 'envelope-to', 'x-original-to', 'x')
  fc.assert(
    fc.property(fc.array(fc.record({ name, value: fc.string() }), { maxLength: 300 }), (lines) => {
      expect(readDeliveryEnvelope(lines).forwardPaths.length).toBeLessThanOrEqual(deliveryAddressesMax)
    }),
  )
})

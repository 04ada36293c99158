/** Machines told by their headers, and ordinary mail never called one. */
import { describe, expect, test } from 'vitest'
import { automaticKind } from '../../src/mail/automatic.ts'
import { readHeaderLines } from '../../src/mail/header.ts'
import type { AutomaticKind } from '../../src/mail/message.ts'

function kind(fields: readonly string[], reversePath: string | null): AutomaticKind | null {
  return automaticKind(readHeaderLines(Buffer.from(`${fields.join('\r\n')}\r\n`)).lines, reversePath)
}

const person = 'From: Eva Muster <eva@acme.example>'

describe('a machine', () => {
  test.each<[AutomaticKind, string, string[]]>([
    ['bounce', 'RFC 3464', [person, 'Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="x"']],
    ['bounce', 'RFC 3464, quoted and in capitals', [person, 'Content-Type: MULTIPART/REPORT; boundary=x; Report-Type="Delivery-Status"']],
    ['bounce', 'RFC 6533', [person, 'Content-Type: multipart/report; report-type=global-delivery-status']],
    ['bounce', 'RFC 2231 in the parameter', [person, "Content-Type: multipart/report; report-type*=us-ascii'en'delivery-status"]],
    ['bounce', 'a report of a kind that is not said', [person, 'Content-Type: multipart/report; boundary=x']],
    ['bounce', 'a delivery status that stands alone', [person, 'Content-Type: message/delivery-status']],
    [
      'bounce',
      'an auto-reply’s mark on a report',
      [person, 'Content-Type: multipart/report; report-type=delivery-status', 'Auto-Submitted: auto-replied'],
    ],
    [
      'bounce',
      'Exim',
      ['From: Mail Delivery System <x@acme.example>', 'X-Failed-Recipients: eva@acme.example', 'Auto-Submitted: auto-replied'],
    ],
    ['bounce', 'qmail', ['From: MAILER-DAEMON@acme.example', 'Subject: failure notice']],
    ['bounce', 'a daemon without a domain', ['From: Mail Delivery Subsystem <MAILER-DAEMON>', 'Subject: Returned mail']],
    ['bounce', 'an empty author who returns mail', ['From: <>', 'Subject: Undelivered Mail Returned to Sender']],
    ['bounce', 'a postmaster who cannot deliver', ['From: postmaster@acme.example', 'Subject: Undeliverable: XYZ Lead 11111']],
    ['readReceipt', 'RFC 8098', [person, 'Content-Type: multipart/report; report-type=disposition-notification']],
    [
      'readReceipt',
      'RFC 8098 with Exchange’s mark',
      [person, 'Content-Type: multipart/report; report-type="disposition-notification"', 'X-Auto-Response-Suppress: All'],
    ],
    ['feedbackReport', 'RFC 5965', [person, 'Content-Type: multipart/report; report-type=feedback-report']],
    ['automaticReply', 'RFC 3834', [person, 'Auto-Submitted: auto-replied']],
    ['automaticReply', 'RFC 3834 with a comment', [person, 'Auto-Submitted: Auto-Generated (rejected); owner-email="x"']],
    ['automaticReply', 'RFC 5436', [person, 'Auto-Submitted: auto-notified; owner-email=eva@acme.example']],
    ['automaticReply', 'X-Autoreply', [person, 'X-Autoreply: yes']],
    ['automaticReply', 'X-Autorespond', [person, 'X-Autorespond: Re: offer']],
    ['automaticReply', 'Precedence: auto_reply', [person, 'Precedence: auto_reply']],
    [
      'automaticReply',
      'an answering machine that was answered over a list',
      [person, 'Auto-Submitted: auto-replied', 'List-Id: <x.acme.example>', 'Precedence: bulk'],
    ],
    ['mailingList', 'RFC 2919', [person, 'List-Id: Sales <sales.acme.example>']],
    ['mailingList', 'RFC 2369', [person, 'List-Post: <mailto:sales@acme.example>']],
    ['mailingList', 'a newsletter', ['From: news@acme.example', 'Precedence: bulk']],
    ['mailingList', 'Precedence: list', [person, 'Precedence: list']],
  ])('%s: %s', (expected, _, fields) => {
    expect(kind(fields, 'eva@acme.example')).toBe(expected)
  })

  test.each<[AutomaticKind, string, string[]]>([
    ['bounce', 'a postmaster', ['From: postmaster@acme.example', 'Subject: XYZ Lead 11111']],
    ['bounce', 'nobody', ['Subject: XYZ Lead 11111']],
    ['bounce', 'a person’s name on a returned mail', [person, 'Subject: Undeliverable: XYZ Lead 11111']],
    ['automaticReply', 'Exchange’s out-of-office', [person, 'Subject: Automatic reply: XYZ Lead 11111', 'X-Auto-Response-Suppress: All']],
    ['automaticReply', 'vacation(1)', [person, 'Precedence: bulk']],
  ])('%s under the null reverse path: %s', (expected, _, fields) => {
    expect(kind(fields, '')).toBe(expected)
    expect(kind(['Return-Path: <>', ...fields], null)).toBe(expected)
  })
})

describe('ordinary mail', () => {
  test.each<[string, string[]]>([
    ['plain', [person, 'Subject: XYZ Lead 11111']],
    ['RFC 3834 says no', [person, 'Auto-Submitted: no']],
    ['X-Autoreply says no', [person, 'X-Autoreply: no']],
    ['Exchange’s mark on ordinary mail', [person, 'X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply', 'Subject: XYZ Lead 11111']],
    ['Exchange’s mark for everything', [person, 'X-Auto-Response-Suppress: All']],
    [
      'a sales tool’s unsubscribe link',
      [person, 'List-Unsubscribe: <https://tool.example/u>', 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'],
    ],
    ['an empty List-Id', [person, 'List-Id: ']],
    ['a list that nobody may post to, alone', [person, 'List-Post: NO']],
    ['a person who tells of a bounce', [person, 'Subject: Undeliverable: your offer']],
    [
      'a person who forwards a bounce',
      [person, 'Subject: Fwd: Undelivered Mail Returned to Sender', 'Content-Type: multipart/mixed; boundary=x'],
    ],
    ['a postmaster who is a person', ['From: Paul Post <postmaster@acme.example>', 'Subject: Re: XYZ Lead 11111']],
    ['a name like a machine’s', ['From: "Mail Delivery System" <eva@acme.example>', 'Subject: Re: offer']],
    [
      'a report-type in a comment of ordinary mail',
      [person, 'Content-Type: text/plain; x="multipart/report; report-type=delivery-status"'],
    ],
    ['Precedence: first-class', [person, 'Precedence: first-class']],
    ['a wish for a read receipt', [person, 'Disposition-Notification-To: eva@acme.example', 'Return-Receipt-To: eva@acme.example']],
  ])('is not automatic: %s', (_, fields) => {
    expect(kind(fields, 'eva@acme.example')).toBeNull()
    expect(kind(['Return-Path: <eva@acme.example>', ...fields], null)).toBeNull()
  })

  test('a person under the null reverse path stays ordinary mail, for a person to judge', () => {
    expect(kind([person, 'Subject: XYZ Lead 11111'], '')).toBeNull()
  })

  test('a Return-Path that the sender wrote does not outvote the envelope', () => {
    expect(kind(['Return-Path: <>', 'From: postmaster@acme.example', 'Subject: offer'], 'postmaster@acme.example')).toBeNull()
  })
})

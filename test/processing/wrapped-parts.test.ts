/** What is wrapped once more: calendars, sealed mail, winmail.dat, as a parser thread answers it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type MessageInWords, readMessages } from '../../src/processing/parser-thread.ts'
import { withoutArmor } from '../../src/processing/wrapped-parts.ts'
import { corpusBytes, corpusFiles, corpusIsAbsent } from '../support/corpus-files.ts'
import { mail } from './office.ts'

const folder = mkdtempSync(join(tmpdir(), 'leadpost-wrapped-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function read(bytes: Uint8Array): Promise<MessageInWords> {
  const task = { what: 'whole' as const, bytes, file: null, sha256: 'x', reversePath: null, folder, checksSender: false, crmAddresses: [] }
  const [message] = await readMessages([task])
  if (message === undefined) throw new Error('no answer')
  return message
}

function multipart(type: string, ...parts: string[]): Buffer {
  const body = [...parts.map((part) => `--b\r\n${part}`), '--b--', ''].join('\r\n')
  return Buffer.from(mail({ 'Content-Type': `multipart/${type}; boundary=b` }, body))
}

describe('a calendar part', () => {
  const calendar = 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Meeting\r\nEND:VEVENT\r\nEND:VCALENDAR'
  test('is newly written text, once, below whatever was quoted', async () => {
    const message = await read(
      multipart(
        'mixed',
        'Content-Type: text/plain\r\n\r\nSee you.\r\n\r\nOn Mon, Nov 2, 2020 at 9:30 AM Eva <eva@acme.example> wrote:\r\n> when?',
        `Content-Type: text/calendar; method=REQUEST\r\n\r\n${calendar}`,
        `Content-Type: application/ics; name=invite.ics\r\nContent-Disposition: attachment; filename=invite.ics\r\n\r\n${calendar}`,
      ),
    )
    expect(message.newestText).toBe('See you.\n\nInvitation: Meeting')
    expect(message.text.match(/Invitation/g)).toHaveLength(1)
    expect(message.attachments.map(({ fileName }) => fileName)).toContain('invite.ics')
  })
})

describe('sealed mail', () => {
  const codes = (message: MessageInWords): string[] =>
    message.defects.filter(({ code }) => code === 'signed' || code === 'encrypted').map(({ code, detail }) => `${code} ${detail}`)
  test('is named as what it is', async () => {
    const signed = await read(
      multipart('signed', 'Content-Type: text/plain\r\n\r\nhello', 'Content-Type: application/x-pkcs7-signature\r\n\r\nx'),
    )
    expect([codes(signed), signed.text, signed.attachments[0]?.fileName]).toEqual([['signed S/MIME'], 'hello', 'attachment-1.p7s'])
    const encrypted = await read(Buffer.from(mail({ 'Content-Type': 'application/pkcs7-mime' }, 'x')))
    expect([codes(encrypted), encrypted.text, encrypted.unreadable]).toEqual([['encrypted S/MIME'], '', false])
    const armored = await read(Buffer.from(mail({}, '-----BEGIN PGP MESSAGE-----\r\n\r\nhQEM\r\n-----END PGP MESSAGE-----')))
    expect(codes(armored)).toEqual(['encrypted OpenPGP'])
  })

  test('that is signed in its text says what was signed, and what stands around it', () => {
    const armor = (text: string): string =>
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${text}\n-----BEGIN PGP SIGNATURE-----\n\niQ\n-----END PGP SIGNATURE-----`
    expect(withoutArmor(`above\n${armor('- -- dashes\nwords')}\nbelow`)).toBe('above\n-- dashes\nwords\nbelow')
    expect(withoutArmor('-----BEGIN PGP SIGNED MESSAGE-----\nnever ends')).toBe('never ends')
    expect(withoutArmor('plain')).toBe('plain')
  })
})

describe('rows of a table', () => {
  test('are lines', async () => {
    const html = '<table><tr><th>From:</th><td>Eva</td></tr><tr><th>To:</th><td>Anna</td></tr></table>'
    expect((await read(Buffer.from(mail({ 'Content-Type': 'text/html' }, html)))).text).toBe('From: Eva\nTo: Anna')
  })
})

describe.skipIf(corpusIsAbsent)('the corpus', () => {
  test('has a content type that nobody can read, and the mail is read all the same', async () => {
    const [file = ''] = corpusFiles('mailgun__flanker').filter((name) => name.endsWith('broken-ctype.eml'))
    const message = await read(corpusBytes(file))
    expect(message.unreadable).toBe(false)
    expect(message.defects.map(({ code }) => code)).not.toContain('bodyUnreadable')
  })

  test('has bounces that name the mail and the address that it did not reach', async () => {
    const files = corpusFiles('sisimai__set-of-emails/maildir/bsd').filter((name) => /\/rfc3464-\d+/.test(name))
    let named = 0
    for (const file of files) {
      const { report } = await read(corpusBytes(file))
      if (report !== null && report.failed.length > 0) named += 1
    }
    expect(named / files.length).toBeGreaterThan(0.8)
  })
})

/** Messages forwarded as attachments. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { isAttachedMessage, readAttachedMessage } from '../../src/processing/read-attached.ts'

const scratch = mkdtempSync(path.join(tmpdir(), 'leadpost-attached-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const message = Buffer.from(
  [
    'From: Eva Novak <eva@acme.example>',
    'To: anna@xyz.example',
    'Subject: =?utf-8?q?Pl=C3=A4ne?=',
    'Date: Wed, 3 Nov 2021 15:51:30 +0100',
    '',
    'Hello Anna',
  ].join('\r\n'),
)

describe('an attached message', () => {
  test('is told by its media type, or by its name and its first line', () => {
    expect(isAttachedMessage({ mediaType: 'message/rfc822', fileName: 'x' }, message)).toBe(true)
    expect(isAttachedMessage({ mediaType: 'application/octet-stream', fileName: 'Offer.EML' }, message)).toBe(true)
    expect(isAttachedMessage({ mediaType: 'application/octet-stream', fileName: 'Offer.eml' }, Buffer.from('%PDF-1.7'))).toBe(false)
    expect(isAttachedMessage({ mediaType: 'application/pdf', fileName: 'Offer.pdf' }, message)).toBe(false)
  })

  test('is read like any other', async () => {
    const read = await readAttachedMessage(message, scratch)
    expect(read?.header).toMatchObject({
      subject: 'Pläne',
      author: { kind: 'one', mailbox: { key: 'eva@acme.example', name: 'Eva Novak' } },
    })
    expect(read?.header.date?.toISOString()).toBe('2021-11-03T14:51:30.000Z')
    expect(read?.body.text.trim()).toBe('Hello Anna')
  })

  test('without an author is none', async () => {
    expect(await readAttachedMessage(Buffer.from('%PDF-1.7\r\n\r\nx'), scratch)).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { PermanentFailure, TemporaryFailure } from '../../src/failure.ts'
import { judgeReport, reportReadBytesMax } from '../../src/intake/report-judge.ts'
import type { SenderDirectory } from '../../src/intake/sender-directory.ts'
import type { Submitter } from '../../src/intake/sender-rules.ts'
import { directoryOf, other, xyz } from './support/listening.ts'

const directory = directoryOf({
  domains: {},
  threads: { '<on-file@xyz.example>': [xyz], '<in-both@xyz.example>': [xyz, other], '<of-other@other.example>': [other] },
})
const refusal = new PermanentFailure('senderDomainUnknown', 'Nobody registered mx.acme.example.')
const stranger: Submitter = { fromTrustedNetwork: false, signedInTenant: null, reversePath: '' }

const header = 'From: MAILER-DAEMON@mx.acme.example\r\nMessage-ID: <own@mx.acme.example>\r\nContent-Type: multipart/report\r\n\r\n'
const returned = (id: string): string => `--x\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: anna@xyz.example\r\nMessage-ID: ${id}\r\n`

/** `accepted`, or the code of the refusal; the report comes in pieces of that size. */
async function judged(report: string, submitter: Submitter = stranger, asked: SenderDirectory = directory, piece = 7): Promise<string> {
  const judge = judgeReport(refusal, submitter, asked)
  const bytes = Buffer.from(report)
  for (let at = 0; at < bytes.length; at += piece) judge.push(bytes.subarray(at, at + piece))
  try {
    await judge.finish()
    return 'accepted'
  } catch (error) {
    if (error instanceof PermanentFailure) return error.code
    throw error
  }
}

describe('a report of a mail system that nobody registered', () => {
  it.each([
    ['about a mail on file', returned('<on-file@xyz.example>'), 'accepted'],
    ['with its id folded', 'MESSAGE-ID:\r\n <on-file@xyz.example>\r\n', 'accepted'],
    ['with the mail quoted', '> > Message-Id: <on-file@xyz.example>\r\n', 'accepted'],
    ['about a mail of nobody', returned('<unknown@xyz.example>'), 'senderDomainUnknown'],
    ['about nothing', 'Delivery failed.\r\n', 'senderDomainUnknown'],
    ['about mails of two companies', returned('<in-both@xyz.example>'), 'severalTenants'],
    ['about two mails of two companies', returned('<on-file@xyz.example>') + returned('<of-other@other.example>'), 'severalTenants'],
  ])('%s', async (_what, body, expected) => {
    expect(await judged(header + body)).toBe(expected)
  })

  it('is not about the mail whose id it has itself', async () => {
    expect(await judged(header.replace('<own@mx.acme.example>', '<on-file@xyz.example>'))).toBe('senderDomainUnknown')
  })

  it('counts for the company of whoever signed in alone', async () => {
    const signedIn = { ...stranger, signedInTenant: other }
    expect(await judged(header + returned('<on-file@xyz.example>'), signedIn)).toBe('senderOfOtherTenant')
  })

  it('is read as far as a report goes', async () => {
    const far = `${'x'.repeat(reportReadBytesMax)}\r\n${returned('<on-file@xyz.example>')}`
    expect(await judged(header + far, stranger, directory, 4_096)).toBe('senderDomainUnknown')
  })

  it('is let in while the database is away', async () => {
    const away = async (): Promise<never> => {
      throw new TemporaryFailure('databaseUnavailable', 'away')
    }
    expect(await judged(header + returned('<unknown@xyz.example>'), stranger, { ...directory, tenantsByThread: away })).toBe('accepted')
  })
})

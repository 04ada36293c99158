/**
 * Mutations of the corpus through everything that reads a mail: no throw, no hang, no growth, nothing that a database refuses.
 * `FUZZ_ROUNDS=50000 npx vitest run test/processing/fuzz.test.ts` for longer; `FUZZ_SEED` for other ones (a failure says which).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { AddressKey } from '../../src/mail/address.ts'
import { cluesOf } from '../../src/processing/clues.ts'
import { factKeysOf } from '../../src/processing/fact-keys.ts'
import { readMessages } from '../../src/processing/parser-thread.ts'
import type { TenantMail } from '../../src/processing/tenant-mail.ts'
import { corpusBytes, corpusFiles, corpusIsAbsent } from '../support/corpus-files.ts'

const rounds = Number(process.env['FUZZ_ROUNDS'] ?? '2000')
const seed = Number(process.env['FUZZ_SEED'] ?? '20261122')
const hangMs = 2_000
const growthBytesMax = 300 * 1024 * 1024
/** Larger files are mutated by the suite of hostile mails; here they would cost the rounds. */
const fileBytesMax = 100_000
const crmAddresses = ['crm@localhost' as AddressKey]

if (corpusIsAbsent) console.warn('skipped: the corpus is not beside this repository (../shared/corpus)')
const folder = mkdtempSync(join(tmpdir(), 'leadpost-fuzz-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
function chance(from: number): () => number {
  let state = from >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** What has made readers of mail stumble. */
const tokens = [
  '\r\n\r\n',
  '\u0000',
  '\r\n--',
  ' '.repeat(5_000),
  '>'.repeat(2_000),
  '\n> '.repeat(500),
  '<'.repeat(1_000),
  '<div>'.repeat(300),
  '=?utf-8?B?',
  '=?utf-8?Q?=ff?=',
  '\r\nContent-Type: message/rfc822\r\n\r\n',
  '\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n',
  '\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n',
  '\r\nContent-Transfer-Encoding: base64\r\n',
  '\r\nContent-Type: text/plain; charset=utf-7\r\n',
  '\r\nFrom: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nDate: Fri, 7 Nov 2025 15:00:00 +0100\r\n\r\n',
  '---------- Forwarded message ---------\nFrom: Eva <eva@acme.example>\nDate: Fri, Nov 7, 2025 at 2:05 PM\nSubject: x\nTo: <a@b.example>\n\n',
  'Von: Eva <eva@acme.example>\nGesendet: Freitag, 7. November 2025 15:20\nAn: x\nBetreff: y\n\n',
  '-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n',
  '\x78\x9f\x3e\x22',
  'Final-Recipient: rfc822; a@b.example\nAction: failed\n',
  '\ud83d',
  'Lead 11111 ',
  '@'.repeat(3_000),
]

function mutated(base: Buffer, other: Buffer, random: () => number): Buffer {
  let bytes = base
  const at = (length: number): number => Math.floor(random() * (length + 1))
  const changes = 1 + Math.floor(random() * 4)
  for (let change = 0; change < changes; change++) {
    const from = at(bytes.length)
    const to = Math.min(bytes.length, from + at(Math.min(4_000, bytes.length)))
    const before = bytes.subarray(0, from)
    const kind = Math.floor(random() * 6)
    if (kind === 0) {
      bytes = Buffer.from(bytes)
      for (let flips = 1 + at(20); flips > 0 && bytes.length > 0; flips--)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    } else if (kind === 1) bytes = Buffer.concat([before, bytes.subarray(to)])
    else if (kind === 2) bytes = Buffer.concat([before, bytes.subarray(from, to), bytes.subarray(from)])
    else if (kind === 3) bytes = Buffer.concat([before, other.subarray(at(other.length)), bytes.subarray(to)])
    else if (kind === 4)
      bytes = Buffer.concat([before, Buffer.from(tokens[Math.floor(random() * tokens.length)] ?? '', 'latin1'), bytes.subarray(from)])
    else bytes = forwarded(bytes, random)
  }
  return bytes.subarray(0, fileBytesMax * 3)
}

/** As a colleague would bring it in: attached, or below a few words. */
function forwarded(bytes: Buffer, random: () => number): Buffer {
  const header = 'From: anna@xyz.example\r\nTo: crm@localhost\r\nSubject: Fwd: 11111\r\nMIME-Version: 1.0\r\n'
  if (random() < 0.5)
    return Buffer.concat([Buffer.from(`${header}\r\nLead 11111\r\n\r\n---------- Forwarded message ---------\r\n`), bytes])
  const multipart = `${header}Content-Type: multipart/mixed; boundary=fuzz\r\n\r\n--fuzz\r\n\r\nsee\r\n--fuzz\r\nContent-Type: message/rfc822\r\n\r\n`
  return Buffer.concat([Buffer.from(multipart), bytes, Buffer.from('\r\n--fuzz--\r\n')])
}

/** Everything that is done with a mail before the database is asked. */
async function readWhole(bytes: Buffer, place: string): Promise<unknown> {
  const task = {
    what: 'whole' as const,
    bytes,
    file: null,
    sha256: 'x',
    reversePath: null,
    folder: place,
    checksSender: true,
    crmAddresses,
  }
  const [message] = await readMessages([task])
  if (message === undefined) throw new Error('no answer')
  const envelope = { forwardPaths: ['crm+11111@localhost'], reversePath: null, authenticatedAs: null }
  const mail = { claim: { envelope }, message, folder: place, author: message.author.kind, outside: false } as unknown as TenantMail
  return [message, factKeysOf([{ mail, clues: cluesOf(mail, crmAddresses) }], crmAddresses)]
}

describe.skipIf(corpusIsAbsent)('mutations of the corpus', () => {
  test(`${rounds} of them are read without a throw, a hang, or what a database refuses`, { timeout: 600_000 + rounds * 100 }, async () => {
    const files = corpusFiles('.')
      .filter((file) => !/OPEN-LICENSES|\.(?:json|xml|golden|md|yml|html|list)$/.test(file))
      .filter((file) => corpusBytes(file).length <= fileBytesMax)
    const random = chance(seed)
    const pick = (): string => files[Math.floor(random() * files.length)] ?? ''
    const place = join(folder, 'attachments')
    const slow: string[] = []
    const memory = process.memoryUsage().rss
    for (let round = 0; round < rounds; round++) {
      const file = pick()
      const bytes = mutated(Buffer.from(corpusBytes(file)), Buffer.from(corpusBytes(pick())), random)
      const name = `round ${round} of seed ${seed}, ${file}`
      const before = process.cpuUsage()
      const read = await readWhole(bytes, place).catch((error: unknown) => {
        throw new Error(`${name} threw`, { cause: error })
      })
      const { user, system } = process.cpuUsage(before)
      if (user + system > hangMs * 1_000) slow.push(`${name}: ${Math.round((user + system) / 1_000)} ms`)
      const text = JSON.stringify(read, (_, value: unknown) => (value instanceof Uint8Array ? value.length : value))
      if (/\\u0000|\\ud[89a-f][0-9a-f]{2}/i.test(text) && hasUnfit(text)) throw new Error(`${name} has what a database refuses`)
      rmSync(place, { recursive: true, force: true })
    }
    expect(slow).toEqual([])
    expect(process.memoryUsage().rss - memory).toBeLessThan(growthBytesMax)
  })
})

/** An escape that JSON.stringify wrote, and not a backslash that stood in the mail. */
function hasUnfit(text: string): boolean {
  return [...text.matchAll(/\\(?:u[0-9a-f]{4}|.)/gi)].some(([escape]) => /^\\u(?:0000|d[89a-f][0-9a-f]{2})$/i.test(escape))
}

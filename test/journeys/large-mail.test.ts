/** Large mails by every entrance: the bytes are the ones that came, and nothing stays open or lying about. */
import { readdirSync, readlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readRawMessage } from '../../src/store/messages.ts'
import { queuedAs } from '../../src/verbs/story-sender.ts'
import { waitUntilSettled } from '../../src/verbs/wait-until-settled.ts'
import { openTestProgram, type TestProgram } from './program.ts'

const stallMs = 30_000
let running: TestProgram
beforeAll(async () => {
  running = await openTestProgram()
})
afterAll(() => running.close())

function mailOf(bytes: number, mark: string): Buffer {
  const header = `From: anna@xyz.example\r\nTo: eva@acme.example\r\nSubject: XYZ Lead 11111 ${mark}\r\nMessage-ID: <${mark}@mail.example>\r\n\r\n`
  return Buffer.from(header + `${mark} 0123456789 abcdefghijklmnopqrstuvwxyz\r\n`.repeat(Math.ceil(bytes / 50)))
}

async function rawOf(id: string): Promise<Buffer> {
  const { database, blobs } = running.program.store
  return Buffer.concat((await (await readRawMessage(database, blobs, id)).toArray()) as Uint8Array[])
}

function openFilesBelow(folder: string): string[] {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(join('/proc/self/fd', fd))
    } catch {
      return ''
    }
  })
  return links.filter((path) => path.startsWith(folder))
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}

test.each([
  [60_000, 1_000],
  [100_000, 100_000],
  [100_000, 64 * 1024],
  [200_000, 7],
  [3_000_000, 50_000],
  [3_000_000, 3_000_000],
])('a mail of %i bytes that comes in pieces of %i is kept as it came', async (bytes, piece) => {
  const mail = mailOf(bytes, `pieces-${bytes}-${piece}`)
  const message = { reversePath: null, forwardPaths: ['crm@localhost'], untrusted: false }
  const ids = await Promise.all([1, 2, 3].map(() => running.program.ingest(message, Readable.from(inPieces(mail, piece)))))
  expect((await waitUntilSettled(running.program.store.database, ids, { stallMs })).size).toBe(3)
  for (const id of ids) expect((await rawOf(id)).equals(mail)).toBe(true)
})

test.each([70_000, 1_500_000, 10_000_000])('a mail of %i bytes over SMTP is kept as it came', async (bytes) => {
  const transport = createTransport({ ...running.smtp, ignoreTLS: true, pool: true })
  const mails = [1, 2, 3].map((number) => mailOf(bytes, `smtp-${bytes}-${number}`))
  const ids = await Promise.all(
    mails.map(async (raw) => {
      const info = (await transport.sendMail({ envelope: { from: 'anna@xyz.example', to: 'crm@localhost' }, raw })) as { response: string }
      return queuedAs(info.response) ?? ''
    }),
  )
  transport.close()
  const settled = await waitUntilSettled(running.program.store.database, ids, { stallMs })
  expect([...settled.values()].flatMap(({ deliveries }) => deliveries.map(({ state }) => state))).toEqual([
    'appended',
    'appended',
    'appended',
  ])
  for (const [at, id] of ids.entries()) expect((await rawOf(id)).equals(mails[at] ?? Buffer.alloc(0))).toBe(true)
})

test('afterwards nothing is left in the spool and no file is open', async () => {
  const bodies = join(running.config.dataDir, 'spool', 'bodies')
  await expect.poll(() => readdir(bodies)).toEqual([])
  expect(openFilesBelow(bodies)).toEqual([])
})

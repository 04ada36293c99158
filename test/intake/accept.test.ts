import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PermanentFailure } from '../../src/failure.ts'
import { openDoor, type Door } from '../../src/intake/accept.ts'
import type { IntakeCount } from '../../src/intake/intake-metrics.ts'
import { openSpool, type Spool } from '../../src/intake/spool.ts'
import type { HeaderLine } from '../../src/mail/message.ts'
import { all, envelope } from './support/accepting.ts'
import { silent, temporaryFolder } from './support/listening.ts'

let dataDir: string
let spool: Spool
let door: Door
const counts = new Map<IntakeCount, number>()
beforeEach(async () => {
  dataDir = await temporaryFolder()
  spool = await openSpool({ dataDir, spoolBytesMax: 1e9, log: silent })
  counts.clear()
  door = openDoor({ spool, metrics: { count: (what, by) => counts.set(what, (counts.get(what) ?? 0) + by) } })
})
afterEach(async () => {
  await spool.close()
  await rm(dataDir, { recursive: true, force: true })
})

const header = 'From: anna@xyz.example\r\nSubject: x\r\n\r\n'

async function bodies(): Promise<string[]> {
  return await readdir(join(dataDir, 'spool', 'bodies'))
}

describe('the door', () => {
  it('takes a message in any chunks and keeps its size and sha256', async () => {
    for (const [size, chunk] of [
      [0, 1],
      [1, 1],
      [5_000, 7],
      [65_536, 65_536],
      [65_537, 65_537],
      [300_000, 1_000],
    ] as const) {
      const bytes = Buffer.alloc(size, 'a mail ')
      const chunks = Array.from({ length: Math.ceil(size / chunk) }, (_, index) => bytes.subarray(index * chunk, (index + 1) * chunk))
      await door.accept('upload', envelope, Readable.from(chunks), { messageBytesMax: 1e6 })
      const [message] = await all(spool)
      expect(message?.entry).toMatchObject({
        bytes: size,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        channel: 'upload',
        envelope,
      })
      await spool.release(message === undefined ? [] : [message])
    }
    expect(counts.get('messagesAccepted')).toBe(6)
  })

  it('shows the header to the judge once, as soon as it is complete, whatever the chunks', async () => {
    const shown: (readonly HeaderLine[])[] = []
    const stream = new PassThrough()
    const judged = new Promise<void>((resolve) => {
      void door.accept('smtp', envelope, stream, {
        messageBytesMax: 1e6,
        judgeHeader: async (lines) => {
          shown.push(lines)
          resolve()
          return null
        },
      })
    })
    for (const octet of Buffer.from(header)) stream.write(Buffer.from([octet]))
    // The body has not come yet, and need not.
    await judged
    stream.end('body\r\n\r\nFrom: somebody@else.example\r\n\r\n')
    while ((await all(spool)).length === 0) await new Promise(setImmediate)
    expect(shown).toHaveLength(1)
    expect(shown[0]?.map((line) => line.name)).toEqual(['from', 'subject'])
  })

  it('shows the judge a header that never ends, at the end', async () => {
    const shown: string[] = []
    const judgeHeader = async (lines: readonly HeaderLine[]): Promise<null> => {
      shown.push(...lines.map((line) => line.name))
      return null
    }
    await door.accept('smtp', envelope, Readable.from([Buffer.from('From: anna@xyz.example')]), { messageBytesMax: 1e6, judgeHeader })
    expect(shown).toEqual(['from'])
  })

  it('keeps nothing of a message that the judge refuses, however big it is', async () => {
    const judgeHeader = async (): Promise<null> => {
      await new Promise(setImmediate)
      throw new PermanentFailure('senderDomainUnknown', 'unknown')
    }
    for (const size of [10, 1_000_000]) {
      const stream = Readable.from([Buffer.from(header), Buffer.alloc(size), Buffer.alloc(size)])
      await expect(door.accept('smtp', envelope, stream, { messageBytesMax: 1e9, judgeHeader })).rejects.toMatchObject({
        code: 'senderDomainUnknown',
      })
    }
    expect(await all(spool)).toEqual([])
    expect(await bodies()).toEqual([])
    expect(counts.get('messagesRefused')).toBe(2)
  })

  it.each([10, 63_000, 1_000_000])(
    'shows a judge of the whole every octet once and in order, and then asks him: body of %i',
    async (size) => {
      const body = Buffer.from(Array.from({ length: size }, (_, at) => at % 251))
      const whole = Buffer.concat([Buffer.from(header), body])
      for (const chunkBytes of [1_000, 40_000, whole.length]) {
        const shown: Buffer[] = []
        const judgeHeader = async () => {
          await new Promise(setImmediate)
          const push = (chunk: Uint8Array): void => void shown.push(Buffer.from(chunk))
          const finish = async (): Promise<void> => {
            throw new PermanentFailure('senderNotAuthenticated', 'not proved')
          }
          return { push, finish }
        }
        const chunks = Array.from({ length: Math.ceil(whole.length / chunkBytes) }, (_, n) =>
          whole.subarray(n * chunkBytes, (n + 1) * chunkBytes),
        )
        await expect(door.accept('smtp', envelope, Readable.from(chunks), { messageBytesMax: 1e9, judgeHeader })).rejects.toMatchObject({
          code: 'senderNotAuthenticated',
        })
        expect(Buffer.concat(shown).equals(whole)).toBe(true)
        expect(shown[0]?.toString('latin1').startsWith(header)).toBe(true)
      }
      expect(await all(spool)).toEqual([])
      expect(await bodies()).toEqual([])
    },
  )

  it('refuses a header beyond its limit where somebody must judge it', async () => {
    const endless = Readable.from(
      (function* lines() {
        for (;;) yield Buffer.from(`X-Filler: ${'x'.repeat(1_000)}\r\n`)
      })(),
    )
    const judgeHeader = async (): Promise<null> => null
    await expect(door.accept('smtp', envelope, endless, { messageBytesMax: 1e9, judgeHeader })).rejects.toMatchObject({
      code: 'messageTooLarge',
    })
    expect(await bodies()).toEqual([])
  })

  it('refuses a message beyond the size limit as soon as it is passed, and keeps nothing of it', async () => {
    let sent = 0
    const endless = Readable.from(
      (function* chunks() {
        for (;;) {
          sent += 100_000
          yield Buffer.alloc(100_000)
        }
      })(),
    )
    await expect(door.accept('upload', envelope, endless, { messageBytesMax: 1_000_000 })).rejects.toMatchObject({
      code: 'messageTooLarge',
    })
    expect(sent).toBeLessThan(5_000_000)
    expect(await bodies()).toEqual([])
    expect(spool.held().bytes).toBe(0)
  })

  it('keeps nothing of a message whose stream breaks off at any time', async () => {
    for (const size of [10, 70_000, 200_000]) {
      const stream = new PassThrough()
      const answer = door.accept('upload', envelope, stream, { messageBytesMax: 1e9 })
      stream.write(Buffer.alloc(size))
      if (size > 100_000) while ((await bodies()).length === 0) await new Promise(setImmediate)
      stream.destroy()
      await expect(answer).rejects.toThrow('closed before its end')
    }
    expect(await all(spool)).toEqual([])
    expect(await bodies()).toEqual([])
    expect(spool.held().bytes).toBe(0)
  })

  it('takes nothing from a stream that is gone already', async () => {
    const stream = new PassThrough()
    stream.destroy()
    await expect(door.accept('upload', envelope, stream, { messageBytesMax: 1e9 })).rejects.toThrow('closed before')
  })

  it('holds six mails of 50 MiB at once in little memory', { timeout: 120_000 }, async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const before = process.memoryUsage.rss()
    let highest = before
    async function* mail(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 50; count++) {
        highest = Math.max(highest, process.memoryUsage.rss())
        yield chunk
      }
    }
    await Promise.all(Array.from({ length: 6 }, () => door.accept('upload', envelope, mail(), { messageBytesMax: 60 * 1024 * 1024 })))
    expect((highest - before) / 1024 / 1024).toBeLessThan(100)
    expect(await all(spool)).toHaveLength(6)
  })

  it('makes an envelope safe for the database', async () => {
    const odd = { ...envelope, reversePath: 'a\u0000b\ud800', heloName: 'x'.repeat(100_000) }
    await door.accept('file', odd, Readable.from([Buffer.from('x')]), { messageBytesMax: 10 })
    const [message] = await all(spool)
    expect(message?.entry.envelope.reversePath).toBe('ab')
    expect(message?.entry.envelope.heloName?.length).toBeLessThan(2_000)
  })

  it('takes no more once the spool is closed', async () => {
    await spool.close()
    const answer = door.accept('upload', envelope, Readable.from([Buffer.from('x')]), { messageBytesMax: 10 })
    await expect(answer).rejects.toMatchObject({ kind: 'temporary', code: 'stopping' })
    spool = await openSpool({ dataDir, spoolBytesMax: 1e9, log: silent })
  })
})

/** Reads mail files before they are handed in: the envelope, and the mark by which one that was handed in before is known. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { MailFile } from '../intake/files.ts'
import { markOf, type Mark } from '../intake/mark.ts'
import type { AddressKey } from '../mail/address.ts'
import { headerBlockOf, headerBytesMax, readHeaderLines } from '../mail/header.ts'
import { inlineBytesMax } from '../store/blobs.ts'
import { envelopeOfFile, type EnvelopeChoice, type FileEnvelope } from './envelope-of-file.ts'

export interface FileMail {
  readonly path: string
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
  readonly envelope: FileEnvelope
  /** The same for the same bytes with the same envelope, whatever the file is called. */
  readonly mark: Mark
  /** All of it where it is small; a stream for each of a hundred thousand mails costs more than the mails. */
  readonly content: Uint8Array | null
  readonly open: () => Readable
}

/** A mail that is opened again from its file was read once: small ones stay in memory instead. */
export async function readMailFile(
  file: MailFile,
  choice: EnvelopeChoice & { readonly untrusted: boolean },
  crmAddresses: readonly [AddressKey, ...AddressKey[]],
): Promise<FileMail> {
  const hash = createHash('sha256')
  const start: Buffer[] = []
  let startBytes = 0
  let bytes = 0
  for await (const chunk of file.open() as AsyncIterable<Buffer>) {
    hash.update(chunk)
    bytes += chunk.length
    if (startBytes < headerBytesMax) {
      start.push(chunk)
      startBytes += chunk.length
    }
  }
  const sha256 = hash.digest('hex')
  const read = Buffer.concat(start)
  const envelope = envelopeOfFile(readHeaderLines(headerBlockOf(read).block).lines, choice, crmAddresses)
  const trust = choice.untrusted ? 'untrusted' : 'trusted'
  const mark = markOf('file', sha256, trust, JSON.stringify(envelope.reversePath), ...envelope.forwardPaths)
  const content = bytes <= inlineBytesMax ? read : null
  const open = (): Readable => (content === null ? file.open() : Readable.from([content], { objectMode: false }))
  return { path: file.path, bytes, sha256, envelope, mark, content, open }
}

/** Some at a time. */
export async function* inBatches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Does `work` for each, so many at a time; answers in their order. The first failure ends it, once what is under way has ended. */
export async function eachAtOnce<T, R>(items: readonly T[], atOnceMax: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  let next = 0
  let hasFailed = false
  async function goOn(): Promise<void> {
    while (!hasFailed && next < items.length) {
      const index = next++
      try {
        answers[index] = await work(items[index] as T)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const results = await Promise.allSettled(Array.from({ length: Math.min(atOnceMax, items.length) }, goOn))
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return answers
}

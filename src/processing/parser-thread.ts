/** What runs inside a parser thread: one message from bytes to `ParsedMessage`. Everything slow or dangerous about a mail happens here. */
import { closeSync, openSync, readSync } from 'node:fs'
import { cleanText } from '../mail/clean-text.ts'
import { headerBlockOf, headerBytesMax } from '../mail/header.ts'
import type { ParsedMessage } from '../mail/message.ts'
import { readNewestText } from '../mail/newest-text.ts'
import { readMessageHeader } from '../mail/read-header.ts'
import { contentFingerprint } from './fingerprint.ts'
import { type BodySource, contentFields, readBody } from './read-body.ts'

export interface ParserTask {
  /** `header` leaves the body alone: for a mail whose body could not be read within the limits. */
  readonly what: 'whole' | 'header'
  /** The message, where it is small enough to be handed over. */
  readonly bytes: Uint8Array | null
  /** Else a file with its bytes. */
  readonly file: string | null
  /** Hex sha256 of the bytes; stands for the content where the body is not read. */
  readonly sha256: string
  readonly reversePath: string | null
  /** Where large attachments are put; made when needed. */
  readonly folder: string
}

/** A message as it comes out of the thread. The raw header lines stay inside: nobody needs them, and copying them costs. */
export interface ReadMessage extends Omit<ParsedMessage, 'headerLines'> {
  /** The body could not be read: text and attachments are missing. */
  readonly unreadable: boolean
}

/** Several at once, since each crossing into a thread costs as much as reading a small mail. Throws only what the file system throws. */
export async function readInThread(tasks: readonly ParserTask[]): Promise<ReadMessage[]> {
  const messages: ReadMessage[] = []
  for (const task of tasks) messages.push(await read(task))
  return messages
}

async function read(task: ParserTask): Promise<ReadMessage> {
  const head = task.bytes ?? firstBytes(task.file ?? '')
  const { block, bodyStart } = headerBlockOf(head)
  const { headerLines: _, ...header } = readMessageHeader(block, task.reversePath)
  if (task.what === 'header') {
    const empty = { ...header, text: '', html: null, attachments: [] }
    return { ...empty, newestText: '', contentFingerprint: contentFingerprint(empty, task.sha256), unreadable: true }
  }
  const source: BodySource =
    task.bytes === null
      ? { kind: 'file', file: task.file ?? '', start: bodyStart }
      : { kind: 'memory', bytes: task.bytes.subarray(bodyStart) }
  const { defects, unreadable, ...body } = await readBody(contentFields(block), source, task.folder)
  const message = { ...header, ...body, defects: [...header.defects, ...defects] }
  return {
    ...message,
    newestText: cleanText(readNewestText(message.text).newestText.trim(), message.text.length),
    contentFingerprint: contentFingerprint(message, unreadable ? task.sha256 : null),
    unreadable,
  }
}

function firstBytes(file: string): Uint8Array {
  const descriptor = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(headerBytesMax + 8)
    let read = 0
    for (;;) {
      const got = readSync(descriptor, bytes, read, bytes.length - read, read)
      if (got === 0) return bytes.subarray(0, read)
      read += got
    }
  } finally {
    closeSync(descriptor)
  }
}

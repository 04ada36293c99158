/** Mail in files: single messages (.eml), mbox files, Maildirs, and folders of them. Bytes come as they are; nothing stands in memory whole. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PermanentFailure, wordsOf } from '../failure.ts'
import { beginsAsMbox, findMboxMessages, openMboxMessage } from './mbox.ts'

/** One message; `open` may be called again. */
export interface MailFile {
  /** The file, with the message's place in it where it holds several: for people. */
  readonly path: string
  /** Its size as it lies in the file. */
  readonly bytes: number
  open(): Readable
}

const sniffedBytes = 1_024
const headerField = /^(?:\ufeff|\u00ef\u00bb\u00bf)?[!-9;-~]{1,100}[ \t]*:/

/**
 * Every message under `paths`, in order of names. A path that is named is read whatever it looks like; in folders, files that are no mail (no header
 * field at their start and no .eml at their end) are passed over, and so are hidden ones.
 * @throws PermanentFailure `notFound` for a path that cannot be read.
 */
export async function* readMailFiles(paths: readonly string[]): AsyncGenerator<MailFile> {
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => {
      throw new PermanentFailure('notFound', `${path} cannot be read: ${wordsOf(error)}`, { cause: error })
    })
    yield* found.isDirectory() ? mailsInFolder(path) : mailsInFile(path, true)
  }
}

/** What comes in a stream, kept in a file for as long as it is read: where its mails begin and end is known only by looking twice. */
export interface KeptStream {
  readonly path: string
  remove(): Promise<void>
}

/** @throws PermanentFailure `inputInvalid` where nothing came. */
export async function keepStream(stream: Readable): Promise<KeptStream> {
  const folder = await mkdtemp(join(tmpdir(), 'leadpost-input-'))
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true })
  const path = join(folder, 'mail')
  try {
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }))
    if ((await stat(path)).size === 0) throw new PermanentFailure('inputInvalid', 'Nothing came on standard input: no mail to bring in.')
    return { path, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function* mailsInFolder(folder: string): AsyncGenerator<MailFile> {
  const entries = (await readdir(folder, { withFileTypes: true })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  const isMaildir = folders.includes('cur') && folders.includes('new')
  for (const entry of entries) {
    const path = join(folder, entry.name)
    const isHidden = entry.name.startsWith('.')
    if (entry.isDirectory()) {
      // Maildir++ keeps its sub-folders hidden; what lies in `tmp` is not delivered yet.
      if (isMaildir ? entry.name === 'tmp' : isHidden && !(await holdsMaildir(path))) continue
      if (isMaildir && (entry.name === 'cur' || entry.name === 'new')) yield* mailsInMaildir(path)
      else yield* mailsInFolder(path)
    } else if (!isMaildir && !isHidden && (entry.isFile() || (await leadsToFile(path)))) {
      yield* mailsInFile(path, false)
    }
  }
}

/** `cur` or `new`: each file is one message, whatever its name. */
async function* mailsInMaildir(folder: string): AsyncGenerator<MailFile> {
  for (const name of (await readdir(folder)).toSorted()) {
    const path = join(folder, name)
    if (!name.startsWith('.') && (await leadsToFile(path))) yield await wholeFile(path)
  }
}

async function* mailsInFile(path: string, isNamed: boolean): AsyncGenerator<MailFile> {
  const start = await readStart(path)
  if (beginsAsMbox(start)) {
    let number = 0
    for await (const message of findMboxMessages(path)) {
      number++
      yield { path: `${path} (message ${number})`, bytes: message.end - message.start, open: () => openMboxMessage(path, message) }
    }
  } else if (isNamed || /\.eml$/i.test(path) || headerField.test(start.toString('latin1'))) {
    yield await wholeFile(path)
  }
}

async function wholeFile(path: string): Promise<MailFile> {
  const { size } = await stat(path)
  return { path, bytes: size, open: () => createReadStream(path) }
}

async function holdsMaildir(folder: string): Promise<boolean> {
  const names: string[] = await readdir(folder).catch(() => [])
  return names.includes('cur') && names.includes('new')
}

async function leadsToFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new PermanentFailure('notFound', `${path} cannot be read: ${wordsOf(error)}`, { cause: error })
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sniffedBytes), 0, sniffedBytes, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

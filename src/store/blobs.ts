/** Contents too large for a row: written once under a key, durable when `put` returns. On disk; a folder that several processes may share. */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import { syncFile, syncFolder } from './file-sync.ts'

/** Smaller contents live in their row: a file each would cost more than it saves. */
export const inlineBytesMax = 64 * 1024
/** What lies in the folder of unfinished files for longer was left by a process that died. */
const unfinishedAgeMs = 24 * 60 * 60 * 1000
const keyShape = /^(?:messages|attachments)(?:\/[A-Za-z0-9_-]{1,128}){1,3}$/

/**
 * Keys look like `messages/<id>` and `attachments/<tenant>/<sha256>`. Writing a key again is no mistake: the same key always means the same
 * bytes. Throws TemporaryFailure `diskFull` or `blobStoreUnavailable`.
 */
export interface BlobStore {
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Takes the file over: it is gone from `path` afterwards. Where it is gone already and the key is there, an earlier try got this far. */
  putFile(key: string, path: string): Promise<void>
  /** Throws PermanentFailure('notFound') before the first byte. */
  get(key: string): Promise<Readable>
  /** Deleting what is not there is done already. */
  delete(key: string): Promise<void>
  close(): Promise<void>
}

/** `url` null: the disk, in `dataDir`/blobs. Throws PermanentFailure('configurationInvalid') for a store that does not exist yet. */
export async function openBlobStore(options: { dataDir: string; url: string | null }): Promise<BlobStore> {
  if (options.url !== null) {
    throw new PermanentFailure('configurationInvalid', 'BLOB_URL: this version keeps blobs on disk alone; leave BLOB_URL unset')
  }
  const root = join(options.dataDir, 'blobs')
  await mkdir(join(root, 'unfinished'), { recursive: true, mode: 0o700 })
  await removeUnfinished(join(root, 'unfinished'))
  return openDiskBlobs(root)
}

function openDiskBlobs(root: string): BlobStore {
  const unfinished = (): string => join(root, 'unfinished', randomBytes(12).toString('hex'))
  return {
    put: async (key, bytes) =>
      await told(key, async () => {
        const path = pathOf(root, key)
        const making = unfinished()
        try {
          const handle = await open(making, 'wx', 0o600)
          try {
            await handle.writeFile(bytes)
            await handle.sync()
          } finally {
            await handle.close()
          }
          await moveInto(root, making, path)
        } catch (error) {
          await rm(making, { force: true })
          throw error
        }
      }),
    putFile: async (key, from) => await told(key, async () => await takeOver(root, from, pathOf(root, key), unfinished)),
    get: async (key) =>
      await told(key, async () => {
        const handle = await open(pathOf(root, key), 'r')
        return handle.createReadStream()
      }),
    delete: async (key) =>
      await told(key, async () => {
        const path = pathOf(root, key)
        await rm(path, { force: true })
        if (await exists(dirname(path))) await syncFolder(dirname(path))
      }),
    close: async () => {},
  }
}

/** By the last two characters, which in a UUIDv7 and in a hash are chance: no folder grows beyond bounds. */
function pathOf(root: string, key: string): string {
  if (!keyShape.test(key)) throw new TypeError('a blob key is messages/<id> or attachments/<tenant>/<sha256>')
  return join(root, dirname(key), key.slice(-2), key.slice(key.lastIndexOf('/') + 1))
}

async function takeOver(root: string, from: string, path: string, unfinished: () => string): Promise<void> {
  if (!(await exists(from)) && (await exists(path))) return
  await syncFile(from)
  try {
    await moveInto(root, from, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    // Another file system: the copy is durable before the file is let go of.
    const making = unfinished()
    try {
      await copyFile(from, making)
      await syncFile(making)
      await moveInto(root, making, path)
    } finally {
      await rm(making, { force: true })
    }
    await unlink(from)
  }
}

/** The file's bytes are synced already; after this its name is too. A new folder's own name is synced in the folder above, up to the root. */
async function moveInto(root: string, from: string, path: string): Promise<void> {
  const folder = dirname(path)
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  await rename(from, path)
  await syncFolder(folder)
  if (made === undefined) return
  for (let at = folder; at !== root && at.startsWith(root); at = dirname(at)) await syncFolder(dirname(at))
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}

async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    if (Date.now() - mtimeMs > unfinishedAgeMs) await rm(path, { force: true })
  }
}

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

async function told<T>(key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    if (code === 'ENOENT') throw new PermanentFailure('notFound', `There is no blob ${key}`, { cause: error })
    if (fullCodes.has(code)) throw new TemporaryFailure('diskFull', `No space for the blob ${key}: ${wordsOf(error)}`, { cause: error })
    throw new TemporaryFailure('blobStoreUnavailable', `The blob ${key} cannot be reached: ${wordsOf(error)}`, { cause: error })
  }
}

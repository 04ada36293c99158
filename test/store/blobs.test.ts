import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { newId } from '../../src/id.ts'
import { openBlobStore, type BlobStore } from '../../src/store/blobs.ts'

let dataDir: string
let blobs: BlobStore
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'leadpost-blobs-'))
  blobs = await openBlobStore({ dataDir, url: null })
})
afterEach(async () => {
  await blobs.close()
  rmSync(dataDir, { recursive: true })
})

const key = (): string => `messages/${newId()}`
const bytes = Buffer.from('Subject: x\r\n\r\n\0\xff', 'latin1')

async function read(at: string): Promise<Buffer> {
  return await buffer(await blobs.get(at))
}

test('what was put comes back byte for byte, the empty content too', async () => {
  const [one, two] = [key(), `attachments/${newId()}/${'ab'.repeat(32)}`]
  await blobs.put(one, bytes)
  await blobs.put(two, Buffer.alloc(0))
  expect(await read(one)).toEqual(bytes)
  expect(await read(two)).toEqual(Buffer.alloc(0))
})

test('putting the same key again is no mistake', async () => {
  const at = key()
  await Promise.all([blobs.put(at, bytes), blobs.put(at, bytes)])
  expect(await read(at)).toEqual(bytes)
})

test('a file is taken over, and a second try after a crash finds it done', async () => {
  const [at, file] = [key(), join(dataDir, 'body')]
  writeFileSync(file, bytes)
  await blobs.putFile(at, file)
  expect(existsSync(file)).toBe(false)
  await blobs.putFile(at, file)
  expect(await read(at)).toEqual(bytes)
})

test('a file that is in neither place is told', async () => {
  await expect(blobs.putFile(key(), join(dataDir, 'nowhere'))).rejects.toMatchObject({ code: 'notFound' })
})

test('a file from another file system is copied and then removed', async () => {
  const other = mkdtempSync('/dev/shm/leadpost-blobs-')
  const [at, file] = [key(), join(other, 'body')]
  writeFileSync(file, bytes)
  await blobs.putFile(at, file)
  expect(await read(at)).toEqual(bytes)
  expect(readdirSync(other)).toEqual([])
  rmSync(other, { recursive: true })
})

test('what is not there is told before the first byte, and deleting it is done already', async () => {
  const at = key()
  await expect(blobs.get(at)).rejects.toMatchObject({ code: 'notFound' })
  await blobs.delete(at)
  await blobs.put(at, bytes)
  await blobs.delete(at)
  await expect(blobs.get(at)).rejects.toMatchObject({ code: 'notFound' })
})

test('a key never leads out of the folder', async () => {
  for (const odd of ['../x', 'messages/../../x', 'messages/', '/etc/passwd', 'other/x', 'messages/a\0b', 'messages/..']) {
    await expect(blobs.put(odd, bytes), odd).rejects.toThrow(TypeError)
  }
})

test('nothing unfinished stays: not after a failed put, nor a day after a crash', async () => {
  const folder = join(dataDir, 'blobs/unfinished')
  const at = key()
  mkdirSync(join(dataDir, 'blobs/messages', at.slice(-2), at.slice('messages/'.length)), { recursive: true })
  await expect(blobs.put(at, bytes)).rejects.toMatchObject({ kind: 'temporary' })
  expect(readdirSync(folder)).toEqual([])
  writeFileSync(join(folder, 'old'), '')
  writeFileSync(join(folder, 'new'), '')
  utimesSync(join(folder, 'old'), new Date(0), new Date(0))
  await openBlobStore({ dataDir, url: null })
  expect(readdirSync(folder)).toEqual(['new'])
})

test('a store elsewhere is refused in words', async () => {
  await expect(openBlobStore({ dataDir, url: 's3://bucket' })).rejects.toMatchObject({
    code: 'configurationInvalid',
    message: expect.stringContaining('BLOB_URL') as string,
  })
})

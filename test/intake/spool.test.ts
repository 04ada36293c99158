import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readlinkSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSpool, type Spool, type SpoolOptions } from '../../src/intake/spool.ts'
import { accept, accepted, all, allIds } from './support/accepting.ts'
import { segmentFiles, silent, temporaryFolder } from './support/listening.ts'

let dataDir: string
const open: Spool[] = []
beforeEach(async () => {
  dataDir = await temporaryFolder()
})
afterEach(async () => {
  for (const spool of open.splice(0)) await spool.close()
  await rm(dataDir, { recursive: true, force: true })
})

async function opened(options: Partial<SpoolOptions> = {}): Promise<Spool> {
  const spool = await openSpool({ dataDir, spoolBytesMax: 1e9, log: silent, ...options })
  open.push(spool)
  return spool
}

async function close(spool: Spool): Promise<void> {
  open.splice(open.indexOf(spool), 1)
  await spool.close()
}

const big = Buffer.alloc(100_000, 'big mail ')

describe('a spool', () => {
  it('gives messages back in the order in which they were accepted, with their bytes', async () => {
    const spool = await opened()
    const ids = [await accepted(spool, 'one'), await accepted(spool, big), await accepted(spool, 'three')]
    const messages = await all(spool)
    expect(messages.map((message) => message.entry.id)).toEqual(ids)
    expect(Buffer.from(messages[0]?.content ?? []).toString()).toBe('one')
    expect(messages[1]?.content).toBeNull()
    expect(await readFile(messages[1]?.bodyPath ?? '')).toEqual(big)
    expect(messages[1]?.entry.bytes).toBe(100_000)
  })

  it('has after a restart what was not released before, and nothing else', async () => {
    const first = await opened()
    const ids = [await accepted(first, 'one'), await accepted(first, big), await accepted(first, 'three')]
    await first.release((await all(first)).slice(0, 1))
    await close(first)
    const second = await opened()
    // The record of the first is still on disk beside the others: it comes again, and admission knows it by its id.
    expect(await allIds(second)).toEqual(ids)
    expect((await all(second)).every((message) => message.found)).toBe(true)
  })

  it('deletes the file of a segment once all of it was released, and big bodies at once', async () => {
    const spool = await opened({ segmentAgeMaxMs: 20 })
    await accepted(spool, 'one')
    await accepted(spool, big)
    const messages = await all(spool)
    await spool.release(messages)
    expect(existsSync(messages[1]?.bodyPath ?? '')).toBe(false)
    while ((await segmentFiles(dataDir)).length > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(spool.held()).toEqual({ messages: 0, bytes: 0, oldestReceivedAt: null })
  })

  it('leaves no content behind when it is closed after everything was released', async () => {
    const spool = await opened()
    await accepted(spool, 'one')
    await spool.release(await all(spool))
    await close(spool)
    expect(await segmentFiles(dataDir)).toEqual([])
  })

  it('keeps an open segment while nothing can be released, so that a long wait for the database makes no heap of files', async () => {
    const spool = await opened({ segmentAgeMaxMs: 1 })
    for (let count = 0; count < 5; count++) {
      await accepted(spool, 'waiting')
      await new Promise((resolve) => setTimeout(resolve, 3))
    }
    expect(await segmentFiles(dataDir)).toHaveLength(1)
  })

  it('is held by one process at a time', async () => {
    const spool = await opened()
    await expect(opened()).rejects.toMatchObject({ code: 'dataFolderHeld', message: expect.stringContaining(String(process.pid)) })
    await close(spool)
    await opened()
  })

  it('may stand beside another under its own name', async () => {
    const one = await opened()
    const two = await opened({ folderName: 'spool-of-ingest' })
    await accepted(one, 'one')
    expect(await allIds(two)).toEqual([])
  })

  it('refuses what goes beyond its limit, counting what waits and what is being received, and takes more once there is room', async () => {
    const spool = await opened({ spoolBytesMax: 150_000 })
    await accepted(spool, big)
    expect(await accept(spool, big)).toBe('spoolFull')
    await accepted(spool, 'small')
    expect(await readdir(join(dataDir, 'spool', 'bodies'))).toHaveLength(1)
    await spool.release(await all(spool))
    expect(spool.roomBytes()).toBe(150_000)
    await accepted(spool, big)
  })

  it('deletes bodies that no record names, which were never acknowledged', async () => {
    const spool = await opened()
    const id = await accepted(spool, big)
    await close(spool)
    await writeFile(join(dataDir, 'spool', 'bodies', 'broken-off'), 'half a mail')
    await opened()
    expect(await readdir(join(dataDir, 'spool', 'bodies'))).toEqual([id])
  })

  it('ignores a record that was cut off, at any place', async () => {
    const spool = await opened()
    const ids = [await accepted(spool, 'first'), await accepted(spool, 'second')]
    const second = (await all(spool))[1]?.record
    await close(spool)
    const [name = ''] = await segmentFiles(dataDir)
    for (let end = (second?.end ?? 0) - 1; end >= (second?.start ?? 0); end -= 37) {
      await truncate(join(dataDir, 'spool', name), end)
      const again = await opened()
      expect(await allIds(again)).toEqual(ids.slice(0, 1))
      await close(again)
    }
  })

  it('sets a damaged record in the middle aside for a person, and has all the others', async () => {
    const spool = await opened()
    const ids = [await accepted(spool, 'first'), await accepted(spool, 'second'), await accepted(spool, 'third')]
    const second = (await all(spool))[1]?.record
    await close(spool)
    const [name = ''] = await segmentFiles(dataDir)
    const file = join(dataDir, 'spool', name)
    const bytes = await readFile(file)
    bytes[(second?.end ?? 0) - 1] = 0
    await writeFile(file, bytes)
    const again = await opened()
    expect(await allIds(again)).toEqual([ids[0], ids[2]])
    const [aside = ''] = await readdir(join(dataDir, 'spool', 'damaged'))
    expect(await readFile(join(dataDir, 'spool', 'damaged', aside), 'latin1')).toContain('secon\u0000')
  })

  it('says which folder it cannot use', async () => {
    await writeFile(join(dataDir, 'spool'), 'a file stands in the way')
    await expect(opened()).rejects.toMatchObject({ code: 'dataFolderUnusable', message: expect.stringContaining(join(dataDir, 'spool')) })
  })
})

describe('a spool whose disk fails', () => {
  it('refuses those who wait for a failed write, gives the segment up, and goes on with a new one', async () => {
    const spool = await opened()
    const before = await accepted(spool, 'before')
    // The open segment becomes a file that cannot be written: what the program sees of a disk that fails.
    const [name = ''] = await segmentFiles(dataDir)
    const descriptor = readdirSync('/proc/self/fd').find((fd) => isLink(fd, join(dataDir, 'spool', name)))
    closeSync(Number(descriptor))
    expect(openSync('/dev/null', 'r')).toBe(Number(descriptor))
    expect(await Promise.all([accept(spool, 'lost one'), accept(spool, 'lost two')])).toEqual(['diskFull', 'diskFull'])
    const after = await accepted(spool, 'after')
    expect(await allIds(spool)).toEqual([before, after])
    expect(await segmentFiles(dataDir)).toHaveLength(2)
    await close(spool)
    expect(await allIds(await opened())).toEqual([before, after])
  })

  it.runIf(mayMount())('refuses with a full disk, keeps what it acknowledged, and takes mail again once there is room', async () => {
    const mounted = join(dataDir, 'small-disk')
    await mkdir(mounted)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', mounted])
    try {
      const spool = await opened({ dataDir: mounted })
      const ids: string[] = []
      const refusals = new Set<string>()
      for (let count = 0; count < 60; count++) {
        const answer = await accept(spool, Buffer.alloc(count % 2 === 0 ? 60_000 : 90_000, 'x'))
        if (answer.length === 36) ids.push(answer)
        else refusals.add(answer)
      }
      expect(refusals).toEqual(new Set(['diskFull']))
      expect(ids.length).toBeGreaterThan(5)
      expect(await allIds(spool)).toEqual(ids)
      await close(spool)
      const again = await opened({ dataDir: mounted })
      expect(await allIds(again)).toEqual(ids)
      await again.release(await all(again))
      await accepted(again, Buffer.alloc(60_000, 'y'))
      await close(again)
    } finally {
      execFileSync('umount', ['-l', mounted])
    }
  })
})

function isLink(descriptor: string, target: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`) === target
  } catch {
    return false
  }
}

/** Mounting takes root and the right to; elsewhere the file size limit of `spool-crash.test.ts` stands for the full disk. */
function mayMount(): boolean {
  const folder = '/tmp/leadpost-may-mount'
  try {
    execFileSync('mkdir', ['-p', folder])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    console.warn('skipped: the full disk on a small tmpfs (mounting takes root)')
    return false
  }
}

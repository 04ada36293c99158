import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openAdmission, type Admission, type AdmissionOptions, type Taker } from '../../src/intake/admit.ts'
import { openSpool, type Spool } from '../../src/intake/spool.ts'
import { admitMessages } from '../../src/store/admit.ts'
import { openBlobStore, type BlobStore } from '../../src/store/blobs.ts'
import { type ClaimedMessage, claimFresh } from '../../src/store/claim.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { accepted, acceptedAs, all } from './support/accepting.ts'
import { segmentFiles, silent, temporaryFolder } from './support/listening.ts'

let test: TestDatabase
beforeAll(async () => {
  test = await openTestDatabase()
})
afterAll(async () => {
  await test.close()
})

let dataDir: string
let spool: Spool
let blobs: BlobStore
let rings = 0
const closers: (() => Promise<unknown>)[] = []
beforeEach(async () => {
  await test.owner('TRUNCATE inbound_message CASCADE')
  dataDir = await temporaryFolder()
  spool = await openSpool({ dataDir, spoolBytesMax: 1e9, log: silent })
  blobs = await openBlobStore({ dataDir, url: null })
  rings = 0
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  await spool.close()
  await blobs.close()
  await rm(dataDir, { recursive: true, force: true })
})

function admission(options: Partial<AdmissionOptions> = {}): Admission {
  const ring = async (): Promise<void> => {
    rings++
  }
  const opened = openAdmission({
    spool,
    database: test.database,
    blobs,
    ring,
    log: silent,
    retryFirstMs: 1,
    retryLongestMs: 10,
    ...options,
  })
  closers.push(() => opened.close())
  return opened
}

async function restarted(): Promise<void> {
  for (const close of closers.splice(0).toReversed()) await close()
  await spool.close()
  spool = await openSpool({ dataDir, spoolBytesMax: 1e9, log: silent })
}

interface Row {
  readonly id: string
  readonly sha256: string
  readonly content: Buffer | null
  readonly blob_key: string | null
  readonly state: string
  readonly tenant_id: string | null
}

async function rows(): Promise<Row[]> {
  return await test.owner<Row>(
    `SELECT m.id, m.sha256, r.content, r.blob_key, d.state, d.tenant_id
     FROM inbound_message m JOIN raw_message r ON r.message_id = m.id JOIN delivery d ON d.message_id = m.id ORDER BY m.id`,
  )
}

const big = Buffer.alloc(100_000, 'big ')

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

describe('admission', () => {
  it('moves small mails into rows and big ones to the blob store, with a delivery each that waits, and rings', async () => {
    const ids = [await accepted(spool, 'small \u0000 \u00ff'), await accepted(spool, big), await accepted(spool, '')]
    await admission().settled()
    const found = await rows()
    expect(found.map((row) => row.id)).toEqual(ids)
    expect(found.map((row) => row.state)).toEqual(['received', 'received', 'received'])
    expect(found.map((row) => row.tenant_id)).toEqual([null, null, null])
    expect(found.map((row) => row.content?.toString() ?? null)).toEqual(['small \u0000 \u00ff', null, ''])
    expect(found[1]?.blob_key).toBe(`messages/${ids[1]}`)
    const chunks: Uint8Array[] = []
    for await (const chunk of await blobs.get(`messages/${ids[1]}`)) chunks.push(chunk as Uint8Array)
    expect(sha256(Buffer.concat(chunks))).toBe(sha256(big))
    expect(rings).toBeGreaterThan(0)
    expect(spool.held()).toEqual({ messages: 0, bytes: 0, oldestReceivedAt: null })
    expect(await readdir(join(dataDir, 'spool', 'bodies'))).toEqual([])
  })

  it('keeps the envelope whole', async () => {
    await accepted(spool, 'x')
    await admission().settled()
    const [row] = await test.owner('SELECT * FROM inbound_message')
    expect(row).toMatchObject({
      channel: 'smtp',
      bytes: '1',
      reverse_path: 'anna@xyz.example',
      forward_paths: ['crm@crm.example'],
      client_address: '127.0.0.1',
      helo_name: 'client.example',
      tls: null,
      authenticated_as: null,
      from_trusted_network: true,
    })
  })

  it('takes what comes while it runs, and leaves the spool empty', async () => {
    const running = admission()
    const ids = await Promise.all(Array.from({ length: 700 }, (_, number) => accepted(spool, `mail ${number}`)))
    await running.settled()
    expect((await rows()).map((row) => row.id)).toEqual(ids.toSorted())
    await running.close()
    await spool.close()
    expect(await segmentFiles(dataDir)).toEqual([])
    spool = await openSpool({ dataDir, spoolBytesMax: 1e9, log: silent })
  })

  it('may be repeated without doubling or changing anything', async () => {
    await accepted(spool, 'one')
    await accepted(spool, big)
    const messages = await all(spool)
    const admitted = messages.map(({ entry, content, bodyPath }) => ({
      ...entry,
      content,
      blobKey: bodyPath === null ? null : 'messages/x',
    }))
    await admitMessages(test.database, admitted)
    const before = await rows()
    await admitMessages(test.database, admitted)
    await admitMessages(test.database, [])
    expect(await rows()).toEqual(before)
  })

  it('admits after a restart what the run before left, each once, at whichever step that ended', async () => {
    const ids = [await accepted(spool, 'one'), await accepted(spool, big), await accepted(spool, 'three'), await accepted(spool, big)]
    // The run before: the second mail's body was moved and the row not written; the third and the fourth were admitted and not released.
    const messages = await all(spool)
    await blobs.putFile(`messages/${ids[1]}`, messages[1]?.bodyPath ?? '')
    await blobs.putFile(`messages/${ids[3]}`, messages[3]?.bodyPath ?? '')
    const admitted = messages
      .slice(2)
      .map(({ entry, content }) => ({ ...entry, content, blobKey: content === null ? `messages/${entry.id}` : null }))
    await admitMessages(test.database, admitted)
    await restarted()
    await admission().settled()
    expect((await rows()).map((row) => row.id)).toEqual(ids)
    expect(spool.held().messages).toBe(0)
  })

  it('leaves alone what was admitted before and erased since', async () => {
    const ids = [await accepted(spool, 'secret'), await accepted(spool, big)]
    const messages = await all(spool)
    await blobs.putFile(`messages/${ids[1]}`, messages[1]?.bodyPath ?? '')
    await admitMessages(
      test.database,
      messages.map(({ entry, content }) => ({ ...entry, content, blobKey: content === null ? `messages/${entry.id}` : null })),
    )
    await test.owner('UPDATE raw_message SET content = NULL, blob_key = NULL, erased_at = now()')
    await blobs.delete(`messages/${ids[1]}`)
    await restarted()
    await admission().settled()
    expect((await rows()).map((row) => [row.content, row.blob_key])).toEqual([
      [null, null],
      [null, null],
    ])
  })

  it('does not let one message that cannot be admitted hold up the others, and keeps it', async () => {
    await accepted(spool, big)
    const [stuck] = await all(spool)
    // Its body is in neither place: somebody deleted it.
    await rm(stuck?.bodyPath ?? '')
    const ids = [await accepted(spool, 'one'), await accepted(spool, 'two')]
    // Whoever comes does not wait for the one that is stuck.
    const running = admission({ retryFirstMs: 600_000, retryLongestMs: 600_000 })
    while ((await rows()).length < 2) await new Promise((resolve) => setTimeout(resolve, 2))
    const later = await accepted(spool, 'three')
    while ((await rows()).length < 3) await new Promise((resolve) => setTimeout(resolve, 2))
    expect((await rows()).map((row) => row.id)).toEqual([...ids, later])
    await running.close()
    expect((await all(spool)).map((message) => message.entry.id)).toEqual([stuck?.entry.id])
  })

  it('does not let go of a mail whose ring failed', async () => {
    await accepted(spool, 'one')
    let fails = 3
    await admission({
      ring: async () => {
        if (fails-- > 0) throw new Error('no bell')
      },
    }).settled()
    expect(fails).toBe(-1)
    expect(await rows()).toHaveLength(1)
  })
})

describe('admission beside processing', () => {
  const taken: ClaimedMessage[] = []
  beforeEach(() => void (taken.length = 0))
  const taker = (room: (ms: number) => Promise<boolean>): Taker => ({
    batchMax: 2,
    claimMs: 60_000,
    room,
    take: (claims) => void taken.push(...claims),
  })
  const always = taker(() => Promise.resolve(true))
  const states = async (): Promise<unknown[]> =>
    await test.owner('SELECT state, attempts, due_at > now() AS later FROM delivery ORDER BY message_id')

  it('hands over what it admits, claimed, and as it would be read from the table', async () => {
    const ids = [await accepted(spool, 'small \u0000 \u00ff'), await accepted(spool, big), await accepted(spool, '')]
    await admission({ taker: always }).settled()
    expect(taken.map(({ messageId }) => messageId)).toEqual(ids)
    expect(await states()).toEqual(ids.map(() => ({ state: 'processing', attempts: 1, later: true })))
    expect(rings).toBe(0)
    await test.owner(`UPDATE delivery SET state = 'received', attempts = 0, due_at = now()`)
    expect(await claimFresh(test.database, 3, 60_000)).toEqual(taken)
  })

  it('lets another process take what finds no room for half a second', async () => {
    await accepted(spool, 'one')
    const asked: number[] = []
    const full = taker((ms) => {
      asked.push(ms)
      return Promise.resolve(false)
    })
    await admission({ taker: full }).settled()
    expect(asked).toHaveLength(1)
    expect(asked[0]).toBeLessThanOrEqual(500)
    expect(taken).toEqual([])
    expect(await states()).toEqual([{ state: 'received', attempts: 0, later: false }])
    expect(rings).toBe(1)
  })

  it('lets what had waited in a mailbox for long take its turn in the table', async () => {
    await acceptedAs(spool, 'old', { isBacklog: true })
    await admission({ taker: always }).settled()
    expect(taken).toEqual([])
    expect(await states()).toMatchObject([{ state: 'received' }])
  })

  it('hands over nothing that is in the table already', async () => {
    await accepted(spool, 'one')
    const [message] = await all(spool)
    await admitMessages(test.database, [{ ...message!.entry, content: message!.content, blobKey: null }])
    await admission({ taker: always }).settled()
    expect(taken).toEqual([])
    expect(await states()).toMatchObject([{ state: 'received', attempts: 0 }])
  })
})

describe('admission while the database is away', () => {
  it('keeps everything, ends when it is asked to, and admits it all once the database is back', async () => {
    // A port where nobody listens yet; later a door to the real server.
    const { port, open } = await laterDoor(test.url)
    const url = new URL(test.url)
    url.hostname = '127.0.0.1'
    url.port = String(port)
    url.searchParams.delete('host')
    const database = openDatabase({ url: url.toString(), log: silent })
    closers.push(() => database.close())
    const ids = [await accepted(spool, 'one'), await accepted(spool, big)]
    const failures = { count: 0 }
    const running = admission({ database, metrics: { count: (what) => void (failures.count += what === 'admissionFailures' ? 1 : 0) } })
    while (failures.count < 3) await new Promise((resolve) => setTimeout(resolve, 2))
    expect(spool.held().messages).toBe(2)
    ids.push(await accepted(spool, 'three'))
    const server = await open()
    closers.unshift(() => new Promise((resolve) => server.close(resolve)))
    await running.settled()
    expect((await rows()).map((row) => row.id)).toEqual(ids)
  })

  it('ends at once when it is closed between two tries', async () => {
    const database = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', log: silent })
    await accepted(spool, 'one')
    const failures = { count: 0 }
    const running = admission({
      database,
      retryFirstMs: 600_000,
      metrics: { count: (what) => void (failures.count += what === 'admissionFailures' ? 1 : 0) },
    })
    while (failures.count === 0) await new Promise((resolve) => setTimeout(resolve, 2))
    await running.close()
    expect(spool.held().messages).toBe(1)
    await database.close()
  })
})

/** A free port that refuses connections until `open` forwards it to the server of `url`. */
async function laterDoor(url: string): Promise<{ port: number; readonly open: () => Promise<Server> }> {
  const { connect } = await import('node:net')
  const target = new URL(url)
  const socketFolder = target.searchParams.get('host')
  const probe = createServer()
  const port = await new Promise<number>((resolve) =>
    probe.listen(0, '127.0.0.1', () => resolve((probe.address() as { port: number }).port)),
  )
  await new Promise((resolve) => probe.close(resolve))
  return {
    port,
    open: async () => {
      const server = createServer((inner) => {
        const options =
          socketFolder === null
            ? { host: target.hostname, port: Number(target.port || 5432) }
            : { path: `${socketFolder}/.s.PGSQL.${target.port || 5432}` }
        const outer = connect(options)
        inner.on('error', () => outer.destroy()).on('close', () => outer.destroy())
        outer.on('error', () => inner.destroy()).on('close', () => inner.destroy())
        inner.pipe(outer).pipe(inner)
      })
      await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
      return server
    },
  }
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../src/log.ts'
import type { MessageId } from '../../src/crm/ids.ts'
import { openProcessing, type ProcessingOptions } from '../../src/processing/open-processing.ts'
import { type Bell, openBell } from '../../src/queue/bell.ts'
import { claimFresh } from '../../src/store/claim.ts'
import { crmAddress, mail, type Office, openOffice } from './office.ts'

const threadFile = fileURLToPath(new URL('threads/hanging.ts', import.meta.url))
let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(async () => {
  await office.close()
})
const closes: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close()
})

/** The machine may be busy; what matters is what comes before what. */
const soon = { timeout: 20_000, interval: 20 }

const silentBell = { onRing: (): void => {} }
async function open(bell: Pick<Bell, 'onRing'>, options: Partial<ProcessingOptions>) {
  const processing = await openProcessing({
    store: { database: office.database, blobs: office.blobs },
    bell,
    options: {
      crmAddresses: [crmAddress],
      temporaryFolder: `${office.folder}/temporary`,
      senderCheck: office.senderCheck,
      parser: { threads: 2, threadFile },
      ...options,
    },
    log: openLog('silent'),
  })
  closes.push(() => processing.close())
  return processing
}
const state = async (id: Awaited<ReturnType<Office['admit']>>): Promise<string> => (await office.deliveryOf(id)).state

describe('a mail that is due', () => {
  it('is settled soon after a ring', async () => {
    const bell = await openBell({ redisUrl: null, databaseUrl: office.db.url, log: openLog('silent') })
    closes.push(() => bell.close())
    await open(bell, { sweepIntervalMs: 3_600_000 })
    const warm = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    await bell.ring()
    await expect.poll(() => state(warm), soon).toBe('appended')
    const id = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    const started = performance.now()
    await bell.ring()
    await expect.poll(() => state(id), soon).toBe('appended')
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  it('is swept up where every ring is lost', async () => {
    await open(silentBell, { sweepIntervalMs: 100 })
    const id = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    await expect.poll(() => state(id), soon).toBe('appended')
  })

  it('that comes while the loop is about to end is not forgotten', async () => {
    const processing = await open(silentBell, { sweepIntervalMs: 3_600_000 })
    for (let n = 0; n < 30; n++) {
      const first = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
      const running = processing.processDue()
      const second = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
      await Promise.all([running, processing.processDue()])
      expect([await state(first), await state(second)]).toEqual(['appended', 'appended'])
    }
  })
})

describe('mail that this process admits itself', () => {
  const handed = async (processing: Awaited<ReturnType<typeof open>>, raw: string): Promise<MessageId> => {
    const id = await office.admit(raw)
    processing.taker.take(await claimFresh(office.database, 1, processing.taker.claimMs))
    return id
  }

  it('is settled without a ring', async () => {
    const processing = await open(silentBell, { sweepIntervalMs: 3_600_000 })
    const id = await handed(processing, mail({ Subject: 'XYZ Lead 11111' }))
    await expect.poll(() => state(id), soon).toBe('appended')
    expect((await office.deliveryOf(id)).attempts).toBe(1)
    expect(await processing.taker.room(0)).toBe(true)
  })

  it('keeps its claim while it waits for its turn, leaves no room meanwhile, and is settled before the program ends', async () => {
    const processing = await open(silentBell, { sweepIntervalMs: 3_600_000, claimMs: 2_000 })
    await open(silentBell, { sweepIntervalMs: 200, claimMs: 2_000 })
    const signal = join(office.folder, 'go-handed')
    const first = await handed(processing, mail({ Subject: 'XYZ Lead 11111' }, `wait-for:${signal}`))
    await sleep(200)
    const second = await handed(processing, mail({ Subject: 'XYZ Lead 11111' }))
    expect(await processing.taker.room(4_000)).toBe(false)
    const closed = processing.close()
    writeFileSync(signal, '')
    await closed
    for (const id of [first, second]) expect(await office.deliveryOf(id)).toMatchObject({ state: 'appended', attempts: 1 })
  }, 60_000)

  it('lets what was due before the process began go first', async () => {
    const earlier = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    const later = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    const [first, second] = await claimFresh(office.database, 2, 60_000)
    await office.db.owner(`UPDATE delivery SET state = 'received', attempts = 0, due_at = now() WHERE id = $1`, [first?.deliveryId])
    const processing = await open(silentBell, { sweepIntervalMs: 3_600_000 })
    processing.taker.take([second!])
    await processing.close()
    expect([await state(earlier), await state(later)]).toEqual(['appended', 'appended'])
  })

  it('takes turns with what is due in the table, and waits while much is', async () => {
    const processing = await open(silentBell, { sweepIntervalMs: 3_600_000, batchMax: 2 })
    const ids = await Promise.all(Array.from({ length: 9 }, () => office.admit(mail({ Subject: 'XYZ Lead 11111' }))))
    const done = processing.processDue()
    const later = await handed(processing, mail({ Subject: 'XYZ Lead 11111' }))
    expect(await processing.taker.room(20_000)).toBe(true)
    await done
    for (const id of [...ids, later]) await expect.poll(() => state(id), soon).toBe('appended')
  })
})

describe('a slow mail', () => {
  const large = (word: string): string => mail({ Subject: 'XYZ Lead 11111' }, `${word}\r\n${'x'.repeat(1_100_000)}`)

  it('of more than a mebibyte holds up no small one', async () => {
    const processing = await open(silentBell, { sweepIntervalMs: 3_600_000 })
    const signal = join(office.folder, 'go-1')
    const slow = await office.admit(large(`wait-for:${signal}`))
    const done = processing.processDue()
    await expect.poll(() => state(slow), soon).toBe('processing')
    const small = await office.admit(mail({ Subject: 'XYZ Lead 11111' }))
    const other = processing.processDue()
    await expect.poll(() => state(small), soon).toBe('appended')
    expect(await state(slow)).toBe('processing')
    writeFileSync(signal, '')
    await Promise.all([done, other])
    expect(await state(slow)).toBe('appended')
  }, 60_000)

  it('keeps its claim as long as its worker lives', async () => {
    const slow = await open(silentBell, { sweepIntervalMs: 3_600_000, claimMs: 2_000 })
    await open(silentBell, { sweepIntervalMs: 200, claimMs: 2_000 })
    const signal = join(office.folder, 'go-2')
    const id = await office.admit(large(`wait-for:${signal}`))
    const done = slow.processDue()
    await sleep(5_000)
    writeFileSync(signal, '')
    await done
    await expect.poll(() => state(id), soon).toBe('appended')
    expect((await office.deliveryOf(id)).attempts).toBe(1)
  }, 60_000)

  it('is given back, uncounted and due at once, when the program stops', async () => {
    const processing = await open(silentBell, { sweepIntervalMs: 3_600_000, parser: { threads: 1, threadFile, parseTimeoutMs: 60_000 } })
    const id = await office.admit(mail({ Subject: 'XYZ Lead 11111' }, 'please-hang'))
    void processing.processDue()
    await expect.poll(() => state(id), soon).toBe('processing')
    await processing.close()
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'received', attempts: 0 })
    await office.processing.processDue()
    expect(await state(id)).toBe('appended')
  }, 60_000)
})

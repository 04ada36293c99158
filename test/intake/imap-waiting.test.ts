import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyCursor, hasUid, rangesOf, uidsOf } from '../../src/intake/imap-cursor.ts'
import { FolderProgress } from '../../src/intake/imap-progress.ts'
import { WaitingMessages, windowMessagesMax, type FolderView } from '../../src/intake/imap-waiting.ts'
import type { MailboxCursor } from '../../src/store/mailboxes.ts'

/** A folder on an honest server: UIDs ascend and are never used again. */
class Folder implements FolderView {
  uids: number[] = []
  #next = 1

  arrive(count: number, step: number): void {
    for (let each = 0; each < count; each++) {
      this.uids.push(this.#next)
      this.#next += step
    }
  }

  expunge(isGone: (uid: number) => boolean): void {
    this.uids = this.uids.filter((uid) => !isGone(uid))
  }

  search(ranges: Parameters<FolderView['search']>[0]): Promise<number[]> {
    return Promise.resolve(this.uids.filter((uid) => hasUid(ranges, uid)).toReversed())
  }

  newest(count: number): Promise<number[]> {
    return Promise.resolve(this.uids.slice(-count))
  }
}

interface Reader {
  readonly progress: FolderProgress
  readonly waiting: WaitingMessages
}

async function connect(folder: Folder, cursor: MailboxCursor, aside: ReadonlySet<number> = new Set()): Promise<Reader> {
  const progress = new FolderProgress(cursor)
  const waiting = new WaitingMessages(folder, progress, (uid) => aside.has(uid))
  await waiting.start(folder.uids.length)
  return { progress, waiting }
}

async function takeWindow({ progress, waiting }: Reader, taken: number[]): Promise<number[]> {
  const window = await waiting.next()
  taken.push(...window)
  progress.finish(rangesOf(window))
  return window
}

describe('what waits in a folder', () => {
  type Step =
    | { readonly kind: 'arrive'; readonly count: number; readonly step: number }
    | { readonly kind: 'expunge'; readonly every: number }
    | { readonly kind: 'take'; readonly windows: number }
    | { readonly kind: 'look' }
    | { readonly kind: 'reconnect' }
  const count = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 150 }) }, fc.integer({ min: 900, max: 2_500 }))
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('arrive' as const), count, step: fc.constantFrom(1, 1, 3, 100_000) }),
    fc.record({ kind: fc.constant('expunge' as const), every: fc.integer({ min: 2, max: 20 }) }),
    fc.record({ kind: fc.constant('take' as const), windows: fc.integer({ min: 1, max: 12 }) }),
    fc.constantFrom<Step>({ kind: 'look' }, { kind: 'reconnect' }),
  )

  test('is taken once and wholly, whatever arrives, goes or breaks meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const folder = new Folder()
        const taken: number[] = []
        let reader = await connect(folder, emptyCursor('1'))
        for (const each of steps) {
          if (each.kind === 'arrive') folder.arrive(each.count, each.step)
          else if (each.kind === 'expunge') folder.expunge((uid) => uid % each.every === 0)
          else if (each.kind === 'look') await reader.waiting.look()
          else if (each.kind === 'reconnect') reader = await connect(folder, reader.progress.cursor)
          else for (let window = 0; window < each.windows; window++) await takeWindow(reader, taken)
        }
        await reader.waiting.look()
        while ((await takeWindow(reader, taken)).length > 0);
        expect(new Set(taken).size).toBe(taken.length)
        expect(folder.uids.filter((uid) => !hasUid(reader.progress.done, uid))).toEqual([])
        expect(folder.uids.every((uid) => taken.includes(uid))).toBe(true)
        expect(reader.waiting.count()).toBe(0)
        // What is kept of it stays small: everything up to the last message, in one range.
        expect(reader.progress.done.length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 60 },
    )
  })

  test('goes in windows, each ascending; a small folder in the order of its messages', async () => {
    const folder = new Folder()
    folder.arrive(350, 1)
    const reader = await connect(folder, emptyCursor('1'))
    const taken: number[] = []
    while ((await takeWindow(reader, taken)).length > 0);
    expect(taken).toEqual(folder.uids)
  })

  test('of a huge folder the newest go first, then old and new in turn', async () => {
    const folder = new Folder()
    folder.arrive(100_000, 1)
    const reader = await connect(folder, emptyCursor('1'))
    const windows: number[][] = []
    for (let each = 0; each < 6; each++) {
      folder.arrive(150, 1)
      await reader.waiting.look()
      windows.push(await takeWindow(reader, []))
      expect(windows.at(-1)?.length).toBeLessThanOrEqual(windowMessagesMax)
    }
    expect(windows.map(([first = 0]) => (first > 99_900 ? 'new' : 'old'))).toEqual(['new', 'old', 'new', 'old', 'new', 'old'])
    expect(windows.filter(([first = 0]) => first <= 99_900).flat()).toEqual(uidsOf([[1, 300]]))
    expect(reader.waiting.count()).toBeGreaterThan(99_000)
  })

  test('does not hold up for what was set aside, and comes back to it', async () => {
    const folder = new Folder()
    folder.arrive(10, 1)
    const aside = new Set([3, 4])
    const reader = await connect(folder, emptyCursor('1'), aside)
    const taken: number[] = []
    while ((await takeWindow(reader, taken)).length > 0);
    expect(taken).toEqual([1, 2, 5, 6, 7, 8, 9, 10])
    expect(reader.progress.done).toEqual([
      [1, 2],
      [5, 10],
    ])
    aside.clear()
    reader.waiting.retry([3, 4])
    expect(await takeWindow(reader, taken)).toEqual([3, 4])
    // After a new start as well.
    const again = await connect(folder, { ...reader.progress.cursor, done: [[1, 2]] }, new Set())
    expect((await takeWindow(again, [])).length).toBe(8)
  })

  test('is not lost where a server tells fewer UIDs than there are messages', async () => {
    const folder = new Folder()
    folder.arrive(20, 1)
    const half: FolderView = { search: (ranges) => folder.search(ranges), newest: () => Promise.resolve([2, 20]) }
    const progress = new FolderProgress({ ...emptyCursor('1'), done: [[1, 1]] })
    const waiting = new WaitingMessages(half, progress, () => false)
    await waiting.start(20)
    const taken: number[] = []
    while ((await takeWindow({ progress, waiting }, taken)).length > 0);
    expect(taken).toEqual(uidsOf([[2, 20]]))
  })
})

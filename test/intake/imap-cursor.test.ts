import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  countUids,
  fetchedMessageId,
  formatUids,
  gapsIn,
  hasUid,
  rangesOf,
  uidsOf,
  uniteRanges,
  withoutRanges,
  type FetchedMessage,
} from '../../src/intake/imap-cursor.ts'
import { newId } from '../../src/id.ts'

const uids = fc.uniqueArray(fc.integer({ min: 1, max: 60 }))
const ascending = (set: Iterable<number>): number[] => [...set].toSorted((a, b) => a - b)

describe('sets of UIDs', () => {
  test('hold what was put in, in as few ranges as may be', () => {
    fc.assert(
      fc.property(uids, (some) => {
        const ranges = rangesOf(some)
        expect(uidsOf(ranges)).toEqual(ascending(some))
        expect(countUids(ranges)).toBe(some.length)
        for (const [index, [from]] of ranges.entries()) if (index > 0) expect(from).toBeGreaterThan((ranges[index - 1]?.[1] ?? 0) + 1)
      }),
    )
  })

  test('unite and subtract as sets do', () => {
    fc.assert(
      fc.property(uids, uids, (some, others) => {
        expect(uidsOf(uniteRanges(rangesOf(some), rangesOf(others)))).toEqual(ascending(new Set([...some, ...others])))
        expect(uidsOf(withoutRanges(rangesOf(some), rangesOf(others)))).toEqual(ascending(some.filter((uid) => !others.includes(uid))))
      }),
    )
  })

  test('have gaps where nothing was done', () => {
    fc.assert(
      fc.property(uids, fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 70 }), (done, from, to) => {
        const missing = ascending(uidsOf(rangesOf(done)))
        const expected = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index).filter(
          (uid) => !missing.includes(uid),
        )
        const gaps = gapsIn(rangesOf(done), from, to)
        expect(uidsOf(gaps)).toEqual(expected)
        for (const uid of expected) expect(hasUid(gaps, uid)).toBe(true)
        for (const uid of done) expect(hasUid(gaps, uid)).toBe(false)
      }),
    )
  })

  test('are written as IMAP wants them', () => {
    expect(formatUids(rangesOf([4, 1, 3, 2, 7]))).toBe('1:4,7')
  })

  test('may span all 32 bits', () => {
    expect(gapsIn([[5, 5]], 1, 4_294_967_295)).toEqual([
      [1, 4],
      [6, 4_294_967_295],
    ])
  })
})

describe('the id of a fetched message', () => {
  const message: FetchedMessage = { mailboxId: newId(), uidValidity: '1', uid: 7, begunAtMs: Date.UTC(2026, 10, 2), windowStart: 5 }

  test('is the same each time, and another for another message, folder or mailbox', () => {
    expect(fetchedMessageId(message)).toBe(fetchedMessageId({ ...message }))
    const others = [{ uid: 8 }, { uidValidity: '2' }, { mailboxId: newId<string>() }].map((change) =>
      fetchedMessageId({ ...message, ...change }),
    )
    expect(new Set([fetchedMessageId(message), ...others]).size).toBe(4)
  })

  test('is a UUIDv8 that sorts among UUIDv7 by the time of its window, and by UID within it', () => {
    const ids = [5, 6, 7, 100, 4_000].map((uid) => fetchedMessageId({ ...message, uid }))
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(ids.toSorted()).toEqual(ids)
    const now = fetchedMessageId({ ...message, begunAtMs: Date.now() - 1_000 })
    expect(now < newId<string>()).toBe(true)
    expect(fetchedMessageId({ ...message, begunAtMs: Date.now() + 1_000 }) > newId<string>()).toBe(true)
  })
})

import { expect, test } from 'vitest'
import { markedId, markOf } from '../../src/intake/mark.ts'
import { heldRecord, type HeldRecord, SpoolQueue } from '../../src/intake/spool-queue.ts'
import type { SpoolEntry } from '../../src/intake/spool-record.ts'

function recordOf(key: string, bytes = 1): HeldRecord {
  const entry = { id: markedId(markOf(key), Date.now()), channel: 'upload', receivedAt: new Date() } as SpoolEntry
  const segment = { path: '/dev/null' } as HeldRecord['segment']
  return heldRecord(entry, { segment, start: 0, end: bytes }, { bytes, bodyPath: null, found: false })
}

test('a mark is known while its mail waits, and a while after it was admitted', () => {
  const [first, second] = [recordOf('first'), recordOf('second')]
  const queue = new SpoolQueue([first, second])
  expect(queue.findMarked(markOf('first'))).toBe(first.id)
  expect(queue.removeAdmitted(first)).toBe(true)
  expect(queue.findMarked(markOf('first'))).toBe(first.id)
  expect(queue.removeAdmitted(first)).toBe(false)
  // One that is damaged comes to the database by nobody: whoever has it may hand it in again.
  queue.remove(second)
  expect(queue.findMarked(markOf('second'))).toBeNull()
})

test('what was just written is in memory while there is room, and is found there once', () => {
  const queue = new SpoolQueue([])
  const halfOfTheRoom = 4 * 1024 * 1024
  const records = ['first', 'second', 'third'].map((key) => recordOf(key, halfOfTheRoom))
  const contents = records.map(({ id }) => ({ entry: { id } as SpoolEntry, content: Buffer.from(id) }))
  for (const [index, record] of records.entries()) queue.add(record, contents[index])
  const [first, second, third] = records as [HeldRecord, HeldRecord, HeldRecord]
  expect(queue.takeFromMemory(first)).toBe(contents[0])
  expect(queue.takeFromMemory(first)).toBeNull()
  // It had no room: the disk has it.
  expect(queue.takeFromMemory(third)).toBeNull()
  // What leaves the queue leaves its room, whether it was read or not.
  queue.remove(second)
  const later = ['fourth', 'fifth'].map((key) => recordOf(key, halfOfTheRoom))
  for (const record of later) queue.add(record, contents[0])
  expect(later.map(({ inMemory }) => inMemory)).toEqual([contents[0], contents[0]])
})

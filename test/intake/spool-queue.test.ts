import { expect, test } from 'vitest'
import { markedId, markIn, markOf } from '../../src/intake/mark.ts'
import { type HeldRecord, SpoolQueue } from '../../src/intake/spool-queue.ts'

function recordOf(key: string): HeldRecord {
  const id = markedId(markOf(key), Date.now())
  const segment = { path: '/dev/null', openedAt: 0 } as unknown as HeldRecord['segment']
  return {
    segment,
    start: 0,
    end: 1,
    id,
    receivedAt: new Date(),
    mark: markIn(id),
    bytes: 1,
    bodyPath: null,
    found: false,
    slot: null,
    inMemory: null,
  }
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

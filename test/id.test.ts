import { expect, test } from 'vitest'
import { newId } from '../src/id.ts'

test('ids are UUIDs of version 7 with the time in front, each greater than the one before, and share no chance', () => {
  const before = Date.now()
  const ids = Array.from({ length: 2_000 }, () => newId())
  const after = Date.now()
  expect(ids).toEqual(ids.toSorted())
  expect(new Set(ids.map((id) => id.slice(24))).size).toBe(ids.length)
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    const at = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
    expect(at >= before && at <= after).toBe(true)
  }
})

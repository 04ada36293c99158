/** Message-IDs as keys: one form, bounded, whatever the sender wrote around them. */
import { describe, expect, test } from 'vitest'
import { messageIdCharactersMax, messageIdHash, messageIdKey, readMessageIds, referencesMax } from '../../src/mail/message-id.ts'

describe('messageIdKey', () => {
  test.each([
    [' <a@b.example>', '<a@b.example>'],
    ['<A@B.example>', '<A@B.example>'],
    [' a@b.example\r\n', '<a@b.example>'],
    ['\r\n <a@b.example>', '<a@b.example>'],
    ['<a@b.\r\n example>', '<a@b.example>'],
    ['<a@b.example> (added by relay)', '<a@b.example>'],
    ['<<a@b.example>>', '<a@b.example>'],
    ['<no-at-sign>', '<no-at-sign>'],
    ['<ü@b.example>', '<ü@b.example>'],
  ])('%j is %j', (written, key) => {
    expect(messageIdKey(written)).toBe(key)
  })

  test.each([
    '',
    ' ',
    '<>',
    '< >',
    'two words',
    '<a\0b@c>',
    '<a\ufffdb@c>',
    '<open',
    'close>',
    `<${'x'.repeat(messageIdCharactersMax)}@b>`,
  ])('%j is no id', (written) => {
    expect(messageIdKey(written)).toBeNull()
  })

  test('the key of a key is the key', () => {
    const key = messageIdKey(' a@b.example ')
    expect(messageIdKey(key ?? '')).toBe(key)
  })
})

describe('readMessageIds', () => {
  test.each([
    [' <a@x> <b@x>\r\n <c@x>', ['<a@x>', '<b@x>', '<c@x>']],
    ['<a@x><b@x>,<c@x>', ['<a@x>', '<b@x>', '<c@x>']],
    ['Your message of "Mon, 2 Nov" <a@x>', ['<a@x>']],
    ['<a@x> <a@x>', ['<a@x>']],
    ['a@x', ['<a@x>']],
    ['a message of anna@xyz.example', []],
    ['<a@x <b@x>', ['<b@x>']],
    ['<a@x> <b@x', ['<a@x>']],
    ['', []],
  ])('%j names %j', (body, ids) => {
    expect(readMessageIds(body)).toEqual(ids)
  })

  test('of more than it keeps, the first and the last stay', () => {
    const all = Array.from({ length: 1_000 }, (_, index) => `<${index}@x>`)
    const kept = readMessageIds(all.join(' '))
    expect(kept).toEqual([all[0], ...all.slice(1 - referencesMax)])
    expect(kept).toHaveLength(referencesMax)
  })
})

test('the hash has 16 octets and tells ids apart', () => {
  const hashes = ['<a@x>', '<b@x>'].map((id) => Buffer.from(messageIdHash(messageIdKey(id)!)).toString('hex'))
  expect(hashes[0]).toHaveLength(32)
  expect(hashes[0]).not.toBe(hashes[1])
})

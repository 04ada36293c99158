/** Who wrote it: one plain mailbox, or a question for a person. */
import { describe, expect, test } from 'vitest'
import { readAuthor, readSender } from '../../src/mail/author.ts'
import { readHeaderLines } from '../../src/mail/header.ts'
import type { HeaderLine } from '../../src/mail/message.ts'

function lines(...fields: string[]): readonly HeaderLine[] {
  return readHeaderLines(Buffer.from(`${fields.join('\r\n')}\r\n`)).lines
}

describe('readAuthor', () => {
  test.each([
    'From: anna@xyz.example',
    'FROM : Anna Arndt <anna@xyz.example>',
    'From: "boss@bank.example" <anna@xyz.example>',
    'From:\r\n =?utf-8?Q?A=2C?= <ANNA@xyz.example.>',
  ])('%j is anna alone', (field) => {
    expect(readAuthor(lines(field))).toMatchObject({ kind: 'one', mailbox: { key: 'anna@xyz.example' } })
  })

  test.each([
    [['From: a@tenant.example', 'From: b@attacker.example'], 'several', 'two From fields (hazard 1)'],
    [['From: a@tenant.example', 'From: a@tenant.example'], 'several', 'the same From field twice'],
    [['From: a@tenant.example', 'from :'], 'several', 'an empty second From field'],
    [['From: a@tenant.example, b@attacker.example'], 'several', 'two mailboxes'],
    [['From: "a@tenant.example", <b@attacker.example>'], 'unclear', 'a name on its own (hazard 2)'],
    [['From: a@tenant.example <b@attacker.example>'], 'unclear', 'a name that is an unquoted address'],
    [['From: b@attacker.example (a@tenant.example)'], 'unclear', 'a comment that is an address'],
    [['From: Team: a@tenant.example;'], 'unclear', 'a group (hazard 2)'],
    [['From: undisclosed:;'], 'unclear', 'an empty group'],
    [['From: <@a.example:a@tenant.example>'], 'unclear', 'a source route (hazard 5)'],
    [['From: "a"@tenant.example'], 'unclear', 'a quoted local part (hazard 5)'],
    [['From: a@\u{1d431}\u{1d432}\u{1d433}.example'], 'unclear', 'mathematical letters (hazard 3)'],
    [['From: a@ten\0ant.example'], 'unclear', 'U+0000'],
    [['From: b@attacker.example', '<a@tenant.example>'], 'unclear', 'a second line that some readers take for a fold'],
    [['From: a@tenant.example\rX: <b@attacker.example>'], 'unclear', 'a lone carriage return after which others read on'],
    [['From: a@tenant.example', '\rX: <b@attacker.example>'], 'unclear', 'a lone carriage return on the next line'],
    [['From: a@tenant.example\u00a0'], 'unclear', 'white space that is none in a header'],
    [['From: <>'], 'unclear', 'an empty address'],
    [['From: Anna'], 'unclear', 'a name alone'],
    [['From: '], 'none', 'an empty field'],
    [['Subject: x'], 'none', 'no field'],
  ])('%j is %s: %s', (fields, kind) => {
    expect(readAuthor(lines(...fields)).kind).toBe(kind)
  })

  test('several and unclear authors are all told', () => {
    expect(readAuthor(lines('From: a@tenant.example', 'From: "x" <b@attacker.example>, c@other.example'))).toMatchObject({
      mailboxes: [{ key: 'a@tenant.example' }, { key: 'b@attacker.example' }, { key: 'c@other.example' }],
    })
  })
})

describe('readSender', () => {
  test('is null without the field, and its mailbox with it', () => {
    expect(readSender(lines('From: a@xyz.example'))).toBeNull()
    expect(readSender(lines('Sender: Secretary <s@xyz.example>'))).toMatchObject({ key: 's@xyz.example', name: 'Secretary' })
  })

  test('of several, the one from another domain than the author’s is told', () => {
    expect(readSender(lines('From: a@xyz.example', 'Sender: s@xyz.example', 'Sender: t@other.example'))).toMatchObject({
      key: 't@other.example',
    })
    expect(readSender(lines('From: a@xyz.example', 'Sender: s@xyz.example, t@xyz.example'))).toMatchObject({ key: 's@xyz.example' })
  })
})

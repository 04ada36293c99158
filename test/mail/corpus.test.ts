/** Real mail that nobody here wrote: headers are read without a throw in bounded time, machines are told and people are not called machines. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { describe, expect, test } from 'vitest'
import { headerBlockOf } from '../../src/mail/header.ts'
import type { MessageHeader } from '../../src/mail/message.ts'
import { readMessageHeader } from '../../src/mail/read-header.ts'

const corpus = join(import.meta.dirname, '../../../shared/corpus')
const isAbsent = !existsSync(corpus)
if (isAbsent) console.warn('skipped: the corpus is not beside this repository (../shared/corpus)')

function filesBelow(folder: string): string[] {
  return readdirSync(join(corpus, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

function read(file: string): MessageHeader {
  return readMessageHeader(headerBlockOf(readFileSync(file)).block, null)
}

describe.skipIf(isAbsent)('the corpus', () => {
  test.each(isAbsent ? [] : readdirSync(corpus).filter((name) => name.includes('__')))(
    '%s is read without a throw, each file in bounded time',
    (folder) => {
      const slow = filesBelow(folder).filter((file) => {
        const bytes = readFileSync(file)
        const start = performance.now()
        readMessageHeader(headerBlockOf(bytes).block, null)
        return performance.now() - start > 1_000
      })
      expect(slow).toEqual([])
    },
  )

  test('of 600 bounces and reports at least 97 in 100 are told by their header', () => {
    const files = [...filesBelow('sisimai__set-of-emails/maildir/bsd'), ...filesBelow('livebg__bounce_email/test/bounces')]
    const missed = files.filter((file) => read(file).automatic === null)
    expect(files.length).toBeGreaterThan(600)
    expect(missed.length / files.length).toBeLessThan(0.03)
  })

  test('out-of-office mail is no bounce, complaints are no bounces', () => {
    const kinds = (part: string): (string | null)[] =>
      filesBelow('sisimai__set-of-emails/maildir/bsd')
        .filter((file) => file.includes(part))
        .map((file) => read(file).automatic)
    expect(kinds('/rfc3834-').filter((kind) => kind === 'automaticReply').length).toBeGreaterThanOrEqual(4)
    expect(kinds('/arf-').filter((kind) => kind === 'feedbackReport').length).toBeGreaterThanOrEqual(13)
    expect(kinds('/arf-')).not.toContain('bounce')
  })

  test('mail that is not automatic is never called a bounce or an automatic reply', () => {
    const ordinary = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'].flatMap((name) =>
      filesBelow(`stdlib-js__datasets-spam-assassin/data/${name}`),
    )
    const wrong = ordinary.filter((file) => ![null, 'mailingList'].includes(read(file).automatic))
    expect(wrong).toEqual([])
    expect(filesBelow('livebg__bounce_email/test/non_bounces').filter((file) => read(file).automatic === 'bounce')).toEqual([])
  })

  test('what is called a mailing list says so in its own words', () => {
    const headers = filesBelow('stdlib-js__datasets-spam-assassin/data').map(read)
    const lists = headers.filter((header) => header.automatic === 'mailingList')
    const saysSo = (name: string): boolean => name.startsWith('list-') || name === 'precedence' || name.endsWith('mailing-list')
    expect(lists.every((header) => header.headerLines.some((line) => saysSo(line.name)))).toBe(true)
  })

  test('nobody of the everyday mail is made unclear but by octets that no address has', () => {
    const files = filesBelow('stdlib-js__datasets-spam-assassin/data')
    expect(files.filter((file) => read(file).author.kind !== 'one').length).toBeLessThanOrEqual(1)
  })

  test.each([
    ['phish_sender.eml', 'several'],
    ['phish_sender3.eml', 'several'],
    ['phish_sender4.eml', 'one'],
    ['phish_sender5.eml', 'several'],
    ['phish_sender6.eml', 'unclear'],
  ])('the author of %s is read as %s', (name, kind) => {
    const { author } = read(join(corpus, 'rspamd__rspamd/test/functional/messages', name))
    expect(author.kind).toBe(kind)
    expect(author.kind === 'one' && author.mailbox.key !== 'any@attack.com').toBe(false)
  })
})

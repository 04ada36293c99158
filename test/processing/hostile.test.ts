import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MessageId } from '../../src/crm/ids.ts'
import { corpusPath } from '../support/corpus.ts'
import { mail, type Office, openOffice } from './office.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice({ parser: { threads: 2 } })
})
afterAll(async () => {
  await office.close()
})

describe('a mail that would do harm', () => {
  it('with NUL in its body, halves of characters and a Message-ID of 2,000 characters is filed', async () => {
    const subject = 'XYZ Lead 11111 \ud83d\ude00'
    const delivered = await office.send(mail({ Subject: subject, 'Message-ID': `<${'i'.repeat(2_000)}@xyz.example>` }, 'a\u0000b \ud83d'))
    expect(delivered).toMatchObject({ state: 'appended', lead: '11111' })
  })

  it('with a subject of 130 KB or 4,096 recipients comes to an end', async () => {
    expect((await office.send(mail({ Subject: `XYZ Lead 11111 ${'long '.repeat(26_000)}` }))).state).toMatch(/appended|inReview/)
    const to = Array.from({ length: 4_096 }, (_, n) => `p${n}@nowhere.example`).join(',\r\n ')
    expect((await office.send(mail({ Subject: 'XYZ Lead 11111', To: to }))).state).toMatch(/appended|inReview/)
    const same = Array.from({ length: 4_096 }, () => 'eva@acme.example').join(', ')
    expect((await office.send(mail({ Subject: 'XYZ Lead 11111', To: same }))).state).toMatch(/appended|inReview/)
  })

  it('with a large attachment keeps it once, in the blob store', async () => {
    const bytes = Buffer.alloc(300_000, 'A')
    const part = `Content-Type: application/pdf; name=o.pdf\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64').replaceAll(/(.{76})/g, '$1\r\n')}`
    const body = `--b\r\nContent-Type: text/plain\r\n\r\nsee\r\n--b\r\n${part}\r\n--b\r\n${part}\r\n--b--\r\n`
    const type = { 'Content-Type': 'multipart/mixed; boundary=b', Subject: 'XYZ Lead 11111' }
    expect((await office.send(mail({ ...type, 'Message-ID': '<files@xyz.example>' }, body))).state).toBe('appended')
    expect((await office.send(mail({ ...type, 'Message-ID': '<files-2@xyz.example>' }, body))).state).toBe('appended')
    const entry = (await office.history('11111')).find(({ messageId }) => messageId === '<files@xyz.example>')
    expect(entry?.attachments).toMatchObject([{ fileName: 'o.pdf', bytes: 300_000 }, { fileName: 'o.pdf' }])
    const blobs = await office.db.owner<{ blob_key: string; bytes: string }>('SELECT blob_key, bytes FROM attachment_blob')
    expect(blobs).toHaveLength(1)
    const stored = Buffer.concat(await (await office.blobs.get(blobs[0]?.blob_key ?? '')).toArray())
    expect(stored.equals(bytes)).toBe(true)
    // Nothing of it is left in the temporary folder.
    const left = readdirSync(join(office.folder, 'temporary'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(left).toEqual([])
  })

  it('that cannot be read in time waits for a person with its header, and the others are filed', async () => {
    const quick = await openOffice({ parser: { threads: 1, parseTimeoutMs: 1 } })
    const id = await quick.admit(mail({ Subject: 'XYZ Lead 11111' }, 'x'.repeat(60_000)))
    await quick.processing.processDue()
    const delivered = await quick.deliveryOf(id)
    // With a thousandth of a second not even the header may be read; then it is tried again.
    expect(['inReview', 'received']).toContain(delivered.state)
    if (delivered.state === 'inReview') expect(delivered.reason).toBe('unreadable')
    await quick.close()
  })
})

const corpus = corpusPath('.')
describe.skipIf(corpus === null)('mail of the corpus, sent by a colleague', () => {
  it('ends in a named state each, and none is filed anywhere but at the number in its subject', async () => {
    const files = readdirSync(corpus ?? '', { recursive: true, encoding: 'utf8' })
      .toSorted()
      .map((name) => join(corpus ?? '', name))
      .filter((file) => existsSync(file) && statSync(file).isFile() && !/OPEN-LICENSES|\.(?:json|xml|golden|md|yml|html)$/.test(file))
      .filter((file, index) => index % 6 === 0 || /oom|attach|nest|large|nul|malform/i.test(file))
    const ids: MessageId[] = []
    for (const [index, file] of files.entries())
      ids.push(await office.admit(asColleague(readFileSync(file), index % 2 === 0 ? 'XYZ Lead 22222' : null)))
    await office.processing.processDue()
    const states = new Map<string, number>()
    for (const [index, id] of ids.entries()) {
      const { state, lead, tenant } = await office.deliveryOf(id)
      states.set(state, (states.get(state) ?? 0) + 1)
      expect(['appended', 'inReview', 'ignored', 'unroutable'], files[index]).toContain(state)
      expect(tenant ?? 'xyz').toBe('xyz')
      // A copy of the same content under a number may have gone before; nothing else files.
      if (state === 'appended') expect([lead, files[index]]).toEqual(['22222', files[index]])
    }
    expect(states.get('appended') ?? 0).toBeGreaterThan(50)
    expect(states.get('inReview') ?? 0).toBeGreaterThan(50)
  }, 300_000)
})

/** The mail with From and, where given, Subject of one's own; everything else as it is. */
function asColleague(raw: Buffer, subject: string | null): Buffer {
  const text = raw.toString('latin1')
  const end = /\r?\n\r?\n/.exec(text)?.index ?? text.length
  const drop = (header: string, name: string): string =>
    header.replaceAll(new RegExp(`^${name}[ \\t]*:.*(?:\\r?\\n[ \\t].*)*(?:\\r?\\n|$)`, 'gim'), '')
  const header = drop(drop(drop(text.slice(0, end), 'From'), 'Sender'), subject === null ? 'X-Nothing' : 'Subject')
  const own = ['From: Anna <anna@xyz.example>', ...(subject === null ? [] : [`Subject: ${subject}`])]
  return Buffer.from(`${own.join('\n')}\n${header.replace(/\r?\n$/, '')}${text.slice(end)}`, 'latin1')
}

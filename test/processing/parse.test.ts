import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLog } from '../../src/log.ts'
import { openParser, type Parser, type Unread } from '../../src/processing/parse.ts'
import type { MessageInWords } from '../../src/processing/parser-thread.ts'
import { attachmentInlineBytesMax, partsMax, textBytesMax, textCharactersMax } from '../../src/processing/read-body.ts'
import { corpusPath } from '../support/corpus.ts'
import { mail } from './office.ts'

const folder = mkdtempSync(join(tmpdir(), 'leadpost-parse-'))
let parser: Parser
beforeAll(() => {
  parser = openParser({ threads: 1 }, openLog('silent'))
})
afterAll(async () => {
  await parser.close()
  rmSync(folder, { recursive: true, force: true })
})

let count = 0
function unread(raw: string | Buffer): Unread {
  const content = typeof raw === 'string' ? Buffer.from(raw, 'utf8') : raw
  count += 1
  return {
    bytes: content.length,
    sha256: `sha-${count}`,
    reversePath: null,
    folder: join(folder, String(count)),
    checksSender: false,
    open: async () => ({ content }),
  }
}
function unreadFile(raw: Buffer): Unread {
  const file = join(folder, `file-${(count += 1)}`)
  writeFileSync(file, raw)
  return { ...unread(raw), open: async () => ({ file }) }
}
async function read(one: Unread, by: Parser = parser): Promise<MessageInWords> {
  const [reading] = await by.read([one])
  if (reading === undefined || !('message' in reading)) throw new Error(`not read: ${String(reading?.failure)}`)
  const { text, newestText, html, ...rest } = reading.message
  const decoded = (bytes: Uint8Array): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  return { ...rest, text: decoded(text), newestText: decoded(newestText), html: html === null ? null : decoded(html) }
}
function multipart(type: string, parts: readonly string[]): string {
  return mail({ 'Content-Type': `multipart/${type}; boundary=b` }, [...parts.map((part) => `--b\r\n${part}`), '--b--', ''].join('\r\n'))
}
const plain = (text: string): string => `Content-Type: text/plain; charset=utf-8\r\n\r\n${text}`
const html = (text: string): string => `Content-Type: text/html; charset=utf-8\r\n\r\n${text}`
const codes = (message: MessageInWords): string[] => message.defects.map(({ code }) => code)

describe('the text of a mail', () => {
  it('is the plain alternative, and the HTML is kept beside it', async () => {
    const message = await read(unread(multipart('alternative', [plain('plain words'), html('<p>rich words</p>')])))
    expect(message).toMatchObject({ text: 'plain words', html: '<p>rich words</p>', unreadable: false })
  })

  it('is made of the HTML where there is no plain text that says anything', async () => {
    expect((await read(unread(mail({ 'Content-Type': 'text/html' }, '<p>Hello <b>Eva</b></p><p>Bye</p>')))).text).toBe('Hello Eva\n\nBye')
    expect((await read(unread(multipart('alternative', [plain('  \r\n'), html('<p>words</p>')])))).text).toBe('words')
  })

  it('loses no part, whatever the mixture: a footer in plain text does not hide a body in HTML', async () => {
    const message = await read(unread(multipart('mixed', [html('<p>the body</p>'), plain('scanned for viruses')])))
    expect(message.text).toBe('the body\nscanned for viruses')
    expect(message.html).toContain('<pre>scanned for viruses</pre>')
  })

  it('is told from what it quotes', async () => {
    const message = await read(
      unread(mail({}, 'Thanks!\r\n\r\nOn Mon, Nov 2, 2026 at 9:30 AM Eva <eva@acme.example> wrote:\r\n> please\r\n> send it')),
    )
    expect(message.newestText).toBe('Thanks!')
    expect(message.text).toContain('> please')
  })

  it('is cut where it is endless, and free of NUL and halves of characters', async () => {
    const long = await read(unread(mail({}, 'word '.repeat(300_000))))
    expect(long.text.length).toBe(textCharactersMax)
    expect(codes(long)).toContain('textTruncated')
    const many = await read(
      unread(
        multipart(
          'mixed',
          Array.from({ length: 6 }, () => plain('y'.repeat(textBytesMax / 4))),
        ),
      ),
    )
    expect(many.text.length).toBeLessThanOrEqual(textCharactersMax)
    const nul = await read(unread(mail({ Subject: 'a\u0000b' }, 'x\u0000y \ud83d z')))
    expect(nul.text).toMatch(/^xy/)
    expect(JSON.stringify(nul)).not.toMatch(/\\u0000|\\ud83d"/)
  })

  it('of 20,000 nested elements does not overflow the stack', async () => {
    const message = await read(
      unread(mail({ 'Content-Type': 'text/html' }, `${'<div>'.repeat(20_000)}deep${'</div>'.repeat(20_000)}<p>after</p>`)),
    )
    expect(message.unreadable).toBe(false)
    expect(message.text).toContain('after')
  })
})

describe('attachments', () => {
  const attached = (name: string, bytes: Buffer, more = ''): string =>
    `Content-Type: application/pdf; name="${name}"\r\nContent-Disposition: attachment; filename="${name}"\r\n${more}Content-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64').replaceAll(/(.{76})/g, '$1\r\n')}`

  it('are handed over in memory where small, as files where large, with their hash either way', async () => {
    const small = Buffer.from('small')
    const large = Buffer.alloc(attachmentInlineBytesMax + 1, 'L')
    const one = unread(multipart('mixed', [plain('see below'), attached('s.pdf', small), attached('l.pdf', large)]))
    const { attachments, text } = await read(one)
    expect(text).toBe('see below')
    expect(attachments).toMatchObject([
      { fileName: 's.pdf', mediaType: 'application/pdf', bytes: 5, file: null, inline: false },
      { fileName: 'l.pdf', bytes: large.length, content: null },
    ])
    expect(Buffer.from(attachments[0]?.content ?? [])).toEqual(small)
    expect(readFileSync(attachments[1]?.file ?? '')).toEqual(large)
    expect(attachments[1]?.sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  it('have safe names', async () => {
    const names = ['../../etc/passwd', 'C:\\\\evil\\\\x.exe', 'a\u202egpj.exe', 'CON', '.htaccess', '   ', `${'n'.repeat(400)}.pdf`]
    const { attachments } = await read(
      unread(
        multipart(
          'mixed',
          names.map((name) => attached(name, Buffer.from(name))),
        ),
      ),
    )
    for (const { fileName } of attachments) {
      expect(fileName).not.toMatch(/[/\\\u0000-\u001f\u202e]|^\.|^con$/i)
      expect(fileName.length).toBeGreaterThan(0)
      expect(fileName.length).toBeLessThanOrEqual(160)
    }
    expect(attachments[0]?.fileName).toBe('passwd')
    expect(attachments.at(-1)?.fileName).toMatch(/\.pdf$/)
  })

  it('that the HTML shows are inline, and a forwarded message is one attachment, unopened', async () => {
    const picture = attached('logo.png', Buffer.from('png'), 'Content-ID: <logo@x>\r\n')
    const forwarded = `Content-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n${mail({ Subject: 'inner' }, 'inner words')}`
    const message = await read(unread(multipart('related', [html('<img src="cid:logo@x">see'), picture, forwarded])))
    expect(message.attachments.map(({ inline, mediaType }) => [inline, mediaType])).toEqual([
      [true, 'application/pdf'],
      [false, 'message/rfc822'],
    ])
    expect(message.text).toBe('see')
  })

  it('of more parts than are read are said to be left out', async () => {
    const message = await read(
      unread(multipart('mixed', [plain('first'), ...Array.from({ length: partsMax + 50 }, (_, n) => plain(`part ${n}`))])),
    )
    expect(codes(message)).toContain('tooManyParts')
    expect(message.text).toContain('first')
    expect(message.unreadable).toBe(false)
  })

  it('of a large mail never stand in memory whole', async () => {
    const large = Buffer.from(multipart('mixed', [plain('big one'), attached('big.pdf', Buffer.alloc(30 * 1024 * 1024, 7))]))
    const before = process.memoryUsage().arrayBuffers
    const message = await read(unreadFile(large))
    expect(message.attachments[0]).toMatchObject({ bytes: 30 * 1024 * 1024, content: null })
    expect(statSync(message.attachments[0]?.file ?? '').size).toBe(30 * 1024 * 1024)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * 1024 * 1024)
  })
})

describe('the fingerprint of a mail', () => {
  it('is indifferent to trace headers, line ends and transfer encodings, and to nothing else', async () => {
    const raw = mail({ 'Message-ID': '<f@x.example>' }, 'Grüße\r\nund mehr')
    const print = async (one: string): Promise<string> => (await read(unread(one))).contentFingerprint
    const first = await print(raw)
    expect(await print(`Received: by x\r\nDelivered-To: y@x.example\r\n${raw}`)).toBe(first)
    expect(await print(raw.replaceAll('\r\n', '\n'))).toBe(first)
    expect(
      await print(
        mail({ 'Message-ID': '<f@x.example>', 'Content-Transfer-Encoding': 'quoted-printable' }, 'Gr=C3=BC=C3=9Fe\r\nund =\r\nmehr'),
      ),
    ).toBe(first)
    for (const other of ['eva@acme.example', 'Mon, 02', 'Hello', 'und mehr', '<f@x.example>'])
      expect(await print(raw.replace(other, 'other@o.example'))).not.toBe(first)
  })

  it('tells two mails apart that differ only in what is not read', async () => {
    const limits = [textCharactersMax, textBytesMax]
    for (const limit of limits) {
      const long = 'Line after line. '.repeat(Math.ceil(limit / 17) + 10)
      const raw = mail({ 'Message-ID': '<long@x.example>' }, long)
      const print = async (one: string): Promise<string> => (await read(unread(one))).contentFingerprint
      const first = await print(`${raw}one`)
      expect(await print(`${raw}two`)).not.toBe(first)
      expect(await print(`Received: by x\r\n${raw}one`)).toBe(first)
    }
  })

  it('is its own for each forward of which not all was read', async () => {
    const head =
      '---------- Forwarded message ---------\r\nFrom: Eva <eva@acme.example>\r\nDate: Fri, Nov 7, 2025 at 2:05 PM\r\nSubject: x\r\nTo: <a@b.example>\r\n\r\n'
    const raw = mail({ Subject: 'Fwd: x' }, head + 'Line after line.\r\n'.repeat(textCharactersMax / 16))
    const [one, two] = [await read(unread(`${raw}one`)), await read(unread(`${raw}two`))].map(({ originals }) => originals[0])
    expect(one).toMatchObject({ how: 'inline', likeness: null })
    expect(one?.contentFingerprint).not.toBe(two?.contentFingerprint)
  })
})

describe('a parser thread', () => {
  const threadFile = fileURLToPath(new URL('threads/hanging.ts', import.meta.url))

  it('that hangs, dies or eats memory costs its mail the body, and the other mails nothing', async () => {
    const fragile = openParser({ threads: 1, parseTimeoutMs: 5_000, heapMebibytesMax: 64, threadFile }, openLog('silent'))
    const bodies = ['fine', 'please-hang', 'fine too', 'please-exit', 'please-eat', 'fine again']
    const readings = await fragile.read(bodies.map((body) => unread(mail({ Subject: `XYZ Lead 11111 ${body}` }, body))))
    const messages = readings.map((reading) => ('message' in reading ? reading.message : null))
    expect(messages.map((message) => message?.unreadable)).toEqual([false, true, false, true, true, false])
    expect(messages[1]).toMatchObject({ subject: 'XYZ Lead 11111 please-hang', text: new Uint8Array(), author: { kind: 'one' } })
    await fragile.close()
  }, 60_000)

  it('that is ended by the program gives the mail back instead of judging it', async () => {
    const closing = openParser({ threads: 1, threadFile }, openLog('silent'))
    const reading = closing.read([unread(mail({}, 'please-hang'))])
    setTimeout(() => void closing.close(), 500)
    expect(await reading).toMatchObject([{ failure: { code: 'stopping' } }])
  })

  it('without room on the disk fails for now', async () => {
    const one = unread(
      multipart('mixed', [
        plain('x'),
        `Content-Type: a/b\r\nContent-Disposition: attachment\r\n\r\n${'y'.repeat(attachmentInlineBytesMax + 5)}`,
      ]),
    )
    const [reading] = await parser.read([{ ...one, folder: join(fileURLToPath(import.meta.url), 'below-a-file') }])
    expect(reading).toMatchObject({ failure: { kind: 'temporary', code: 'diskFull' } })
  })
})

const corpus = corpusPath('.')
describe.skipIf(corpus === null)('every mail of the corpus', () => {
  it('is read, in time, without a failure and without what a database refuses', async () => {
    const files = readdirSync(corpus ?? '', { recursive: true, encoding: 'utf8' })
      .map((name) => join(corpus ?? '', name))
      .filter((file) => existsSync(file) && statSync(file).isFile() && !/OPEN-LICENSES|\.(?:json|xml|golden|md|yml|html)$/.test(file))
    const many = openParser({ threads: 2 }, openLog('silent'))
    let unreadable = 0
    for (let from = 0; from < files.length; from += 200) {
      const batch = files.slice(from, from + 200)
      const readings = await many.read(batch.map((file) => unread(readFileSync(file))))
      for (const [index, reading] of readings.entries()) {
        expect('message' in reading, batch[index]).toBe(true)
        if (!('message' in reading)) continue
        if (reading.message.unreadable) unreadable += 1
        const { attachments, ...rest } = reading.message
        expect(JSON.stringify([rest, attachments.map(({ fileName, contentId }) => [fileName, contentId])]), batch[index]).not.toMatch(
          /\\u0000|\\ud[89a-f]/i,
        )
      }
    }
    await many.close()
    expect(files.length).toBeGreaterThan(1_000)
    expect(unreadable / files.length).toBeLessThan(0.001)
  }, 300_000)
})

import { mkdir, open, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { readMailFiles } from '../../src/intake/files.ts'
import { temporaryFolder } from './support/listening.ts'

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function bytesOf(stream: Readable): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks).toString('latin1')
}

async function read(...paths: string[]): Promise<string[]> {
  const texts: string[] = []
  for await (const file of readMailFiles(paths)) texts.push(await bytesOf(file.open()))
  return texts
}

async function readText(text: string): Promise<string[]> {
  const path = join(folder, 'a file')
  await writeFile(path, text, 'latin1')
  return await read(path)
}

const separator = 'From anna@xyz.example Mon Nov  2 09:30:00 2026\n'
const message = (subject: string, body = 'text\n'): string => `From: anna@xyz.example\nSubject: ${subject}\n\n${body}`

describe('a file with one message', () => {
  it('is given as its very bytes, whatever ends its lines', async () => {
    const text = 'From: a@b\r\nSubject: \u00e4\n\nbody\rwith\u0000all\n'
    expect(await readText(text)).toEqual([text])
  })

  it('is read though it is empty or looks like no mail, where it was named', async () => {
    expect(await readText('')).toEqual([''])
    expect(await readText('just text')).toEqual(['just text'])
  })

  it('may be opened again', async () => {
    const path = join(folder, 'x.eml')
    await writeFile(path, message('x'))
    for await (const file of readMailFiles([path])) {
      expect(await bytesOf(file.open())).toBe(message('x'))
      expect(await bytesOf(file.open())).toBe(message('x'))
      expect(file).toMatchObject({ path, bytes: message('x').length })
    }
  })

  it('that is not there is named', async () => {
    await expect(read(join(folder, 'none.eml'))).rejects.toMatchObject({ code: 'notFound', message: expect.stringContaining('none.eml') })
  })
})

describe('an mbox file', () => {
  it('gives its messages without separators and the empty lines before them, and tells which one', async () => {
    const path = join(folder, 'inbox')
    await writeFile(path, `${separator}${message('one')}\n${separator}${message('two')}\n`)
    expect(await read(path)).toEqual([message('one'), message('two')])
    const names: string[] = []
    for await (const file of readMailFiles([path])) names.push(file.path)
    expect(names).toEqual([`${path} (message 1)`, `${path} (message 2)`])
  })

  it('with CR LF gives messages with CR LF', async () => {
    const crlf = (text: string): string => text.replaceAll('\n', '\r\n')
    expect(await readText(crlf(`${separator}${message('one')}\n${separator}${message('two')}\n`))).toEqual([
      crlf(message('one')),
      crlf(message('two')),
    ])
  })

  it.each([
    'From anna@xyz.example Mon Nov 02 09:30:00 2026\n',
    'From - Mon Nov 02 09:30:00 2026\n',
    'From 1234567890@xxx Mon Nov 02 09:30:00 +0000 2026\n',
    'From MAILER-DAEMON Mon Nov  2 09:30 2026\n',
    'From anna@xyz.example  2 Nov 2026 09:30:00 +0100\n',
    'From anna@xyz.example\n',
  ])('knows the separator %j', async (line) => {
    expect(await readText(`${line}${message('one')}\n${line}${message('two')}`)).toEqual([message('one'), message('two')])
  })

  it('is not cut at a sentence that begins with From', async () => {
    const body =
      'Hello\n\nFrom now on at 10:30 in 2026 we meet\n\nFrom Anna\nSubject: no header\n\nFrom: quoted\nFrom anna@xyz.example Mon Nov  2 09:30:00 2026\nno empty line before\n'
    expect(await readText(`${separator}${message('one', body)}\n${separator}${message('two')}`)).toEqual([
      message('one', body),
      message('two'),
    ])
  })

  it('of the dialects mboxo and mboxrd loses one > of quoted From lines, at any place', async () => {
    const quoted = '>From here\n> From there\n>>From far\ntext >From\n>From '
    expect(await readText(`${separator}${message('one', quoted)}`)).toEqual([
      message('one', 'From here\n> From there\n>From far\ntext >From\nFrom '),
    ])
  })

  it('of the dialect mboxcl is cut by Content-Length and loses one >', async () => {
    const body = 'a\n>From b\n\n\n'
    const text = `From: a@b\nContent-Length: ${body.length}\n\n${body}`
    expect(await readText(`${separator}${text}\n${separator}${message('two')}`)).toEqual([text.replace('>From', 'From'), message('two')])
  })

  it('of the dialect mboxcl2 is cut by Content-Length, From lines and all, and keeps every >', async () => {
    const body = `a\n\n${separator}Subject: not a mail\n\n>From b\n`
    const text = `From: a@b\nContent-Length: ${body.length}\n\n${body}`
    expect(await readText(`${separator}${text}\n${separator}${message('two')}`)).toEqual([text, message('two')])
  })

  it('is not cut by a Content-Length that lies', async () => {
    for (const length of ['3', '100000', '-1', 'x', '99999999999999999999']) {
      const text = `From: a@b\nContent-Length: ${length}\n\nbody\nand more\n`
      expect(await readText(`${separator}${text}\n${separator}${message('two')}`)).toEqual([text, message('two')])
    }
  })

  it('gives back what mboxrd quoting made of any messages', async () => {
    const line = fc.constantFrom(
      '',
      'From ',
      '>From x',
      '>>From ',
      '> From',
      'text',
      'From: x',
      'From anna@xyz.example Mon Nov  2 09:30:00 2026',
      '.',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(line, { maxLength: 6 }), { minLength: 1, maxLength: 4 }), async (bodies) => {
        const messages = bodies.map((lines, index) => message(`m${index}`, lines.map((one) => `${one}\n`).join('')))
        const quoted = messages.map((text) => `${separator}${text.replaceAll(/^(>*From )/gm, '>$1')}\n`)
        // The field at the start is no From line, so only bodies are quoted.
        expect(await readText(quoted.join(''))).toEqual(messages)
      }),
      { numRuns: 60 },
    )
  })

  it('larger than memory should hold is read in windows', { timeout: 60_000 }, async () => {
    const path = join(folder, 'huge')
    const file = await open(path, 'w')
    await file.write(`${separator}${message('one')}`)
    const end = 300 * 1024 ** 2
    await file.write(`\n\n${separator}${message('two')}`, end)
    await file.close()
    const before = process.memoryUsage.rss()
    const found: string[] = []
    for await (const mail of readMailFiles([path])) {
      found.push(mail.bytes > 1_000_000 ? 'huge' : await bytesOf(mail.open()))
    }
    expect(found).toEqual(['huge', message('two')])
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024)
  })

  it('of very many mails is read once, not once for each', { timeout: 60_000 }, async () => {
    const path = join(folder, 'many')
    await writeFile(path, Array.from({ length: 20_000 }, (_, index) => `${separator}${message(`m${index}`)}\n`).join(''))
    let count = 0
    for await (const mail of readMailFiles([path])) count += mail.bytes > 0 ? 1 : 0
    expect(count).toBe(20_000)
  })

  it('of quoted lines larger than any window gives them right', async () => {
    const body = `${'>From x\n'.repeat(40_000)}${'>'.repeat(5_000)}From\n`
    const [text = ''] = await readText(`${separator}${message('one', body)}`)
    expect(text.slice(message('one', '').length)).toBe(`${'From x\n'.repeat(40_000)}${'>'.repeat(5_000)}From\n`)
  })
})

describe('a folder', () => {
  it('gives the mails under it in order of names, and passes over what is no mail', async () => {
    await mkdir(join(folder, 'b', 'c'), { recursive: true })
    await mkdir(join(folder, '.git'))
    await writeFile(join(folder, 'b', 'c', 'deep.eml'), message('deep'))
    await writeFile(join(folder, 'a.eml'), message('a'))
    await writeFile(join(folder, 'no-name'), message('by its header'))
    await writeFile(join(folder, 'box.mbox'), `${separator}${message('one')}\n${separator}${message('two')}`)
    await writeFile(join(folder, 'notes.txt'), 'these are notes')
    await writeFile(join(folder, 'picture.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47]))
    await writeFile(join(folder, '.hidden.eml'), message('hidden'))
    await writeFile(join(folder, '.git', 'x.eml'), message('hidden'))
    expect(await read(folder)).toEqual([message('a'), message('deep'), message('one'), message('two'), message('by its header')])
  })

  it('that is a Maildir gives what is in new and cur, its sub-folders too, and not what is half delivered', async () => {
    for (const path of ['cur', 'new', 'tmp', '.Sent/cur', '.Sent/new', '.Sent/tmp']) await mkdir(join(folder, path), { recursive: true })
    await writeFile(join(folder, 'cur', '1700000000.M1P1.host:2,S'), message('seen'))
    await writeFile(join(folder, 'new', '1700000001.M1P1.host'), message('fresh'))
    await writeFile(join(folder, 'new', '1700000002.M1P1.host'), 'From the start it looks like nothing')
    await writeFile(join(folder, 'tmp', '1700000003.M1P1.host'), message('half'))
    await writeFile(join(folder, '.Sent', 'cur', '1700000004.M1P1.host:2,S'), message('sent'))
    await writeFile(join(folder, 'dovecot-uidlist'), 'X-Y: 3 V1700000000 N5\n')
    expect(await read(folder)).toEqual([message('sent'), message('seen'), message('fresh'), 'From the start it looks like nothing'])
  })

  it('follows a link to a file and not one that leads round in circles', async () => {
    await writeFile(join(folder, 'real.eml'), message('real'))
    await symlink(join(folder, 'real.eml'), join(folder, 'link.eml'))
    await symlink(folder, join(folder, 'round'))
    await symlink(join(folder, 'nowhere'), join(folder, 'broken.eml'))
    expect(await read(folder)).toEqual([message('real'), message('real')])
  })
})

/** LMTP as mail servers speak it (RFC 2033), over TCP and a unix socket; Postfix itself is in test/journeys/postfix-chapter.test.ts. */
import { rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { listening, mail, smallWorld, temporaryFolder, xyz, type Listening, type ListeningOptions } from './support/listening.ts'
import { Wire } from './support/wire.ts'

const closes: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close()
})

async function opened(options: ListeningOptions = {}): Promise<Listening> {
  const one = await listening({ protocol: 'lmtp', ...options })
  closes.push(() => one.close())
  return one
}

async function introduced(at: number | string): Promise<Wire> {
  const wire = await Wire.open(at)
  closes.push(() => wire.close())
  await wire.expect(220)
  await wire.command('LHLO mail.xyz.example', 250)
  return wire
}

async function socketFolder(): Promise<string> {
  const folder = await temporaryFolder()
  closes.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('over LMTP', () => {
  it('says what it is, is greeted with LHLO alone, and offers what RFC 2033 asks for', async () => {
    const { port } = await opened()
    const wire = await Wire.open(port)
    closes.push(() => wire.close())
    expect(await wire.expect(220)).toContain('LMTP')
    await wire.command('EHLO mail.xyz.example', 500)
    await wire.command('HELO mail.xyz.example', 500)
    const offered = await wire.command('LHLO mail.xyz.example', 250)
    for (const each of ['PIPELINING', 'ENHANCEDSTATUSCODES', '8BITMIME', 'SIZE', 'STARTTLS']) expect(offered).toContain(each)
  })

  it('every recipient has a reply of his own, and the mail is durable once', async () => {
    const { port, spooled } = await opened()
    const wire = await introduced(port)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    await wire.command('RCPT TO:<crm@crm.example>', 250)
    await wire.command('RCPT TO:<eva@acme.example>', 550)
    await wire.command('RCPT TO:<crm+11111@crm.example>', 250)
    await wire.command('RCPT TO:<crm@localhost>', 250)
    await wire.command('DATA', 354)
    wire.send(`${mail()}.\r\n`)
    const replies = [await wire.expect(250), await wire.expect(250), await wire.expect(250)]
    expect(new Set(replies).size).toBe(1)
    const messages = await spooled()
    expect(messages.map(({ entry }) => entry.envelope.forwardPaths)).toEqual([
      ['crm@crm.example', 'crm+11111@crm.example', 'crm@localhost'],
    ])
    expect(replies[0]).toContain(`queued as ${messages[0]?.entry.id}`)
    await wire.command('QUIT', 221)
  })

  it('the same recipient named twice has two replies, whether the mail is taken or not', async () => {
    const { port } = await opened({ world: { domains: {} } })
    const trusting = await opened()
    for (const [at, code] of [
      [trusting.port, 250],
      [port, 550],
    ] as const) {
      const wire = await introduced(at)
      wire.send('MAIL FROM:<anna@xyz.example>\r\nRCPT TO:<crm@crm.example>\r\nRCPT TO:<CRM@crm.example>\r\nDATA\r\n')
      for (const expected of [250, 250, 250, 354]) await wire.expect(expected)
      wire.send(`${mail()}.\r\nNOOP\r\n`)
      for (const expected of [code, code, 250]) await wire.expect(expected)
      await wire.command('QUIT', 221)
    }
  })

  it('a mail without a recipient that was accepted does not come to DATA', async () => {
    const { port } = await opened()
    const wire = await introduced(port)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    await wire.command('RCPT TO:<eva@acme.example>', 550)
    await wire.command('DATA', 503)
  })

  it.each([
    ['a sender whom nobody registered', { more: ['X: y'], from: 'max@unbekannt.example' }, 550, /5\.7\.1/],
    ['a mail over the limit', { body: 'x'.repeat(30_000).replaceAll(/.{70}/g, '$&\r\n') }, 552, /5\.3\.4/],
  ] as const)('%s is refused for each recipient, in the words of SMTP', async (_what, content, code, words) => {
    const { port, spooled } = await opened({ messageBytesMax: 20_000 })
    const wire = await introduced(port)
    await wire.begin()
    wire.send(`${mail(content)}.\r\n`)
    expect(await wire.expect(code)).toMatch(words)
    wire.send('MAIL FROM:<anna@xyz.example>\r\nRCPT TO:<crm@crm.example>\r\nRCPT TO:<crm@localhost>\r\nDATA\r\n')
    for (const expected of [250, 250, 250, 354]) await wire.expect(expected)
    wire.send(`${mail(content)}.\r\n`)
    for (let each = 0; each < 2; each++) expect(await wire.expect(code)).toMatch(words)
    expect(await spooled()).toEqual([])
  })

  it('bare line breaks are refused for each recipient, and the connection ends', async () => {
    const { port, spooled } = await opened()
    const wire = await introduced(port)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    await wire.command('RCPT TO:<crm@crm.example>', 250)
    await wire.command('RCPT TO:<crm@localhost>', 250)
    await wire.command('DATA', 354)
    wire.send('From: anna@xyz.example\r\n\r\nx\n.\r\n')
    for (let each = 0; each < 2; each++) expect(await wire.expect(550)).toContain('5.5.2')
    expect(await wire.reply()).toBeNull()
    expect(await spooled()).toEqual([])
  })

  it('encryption begins as over SMTP', async () => {
    const { port, spooled } = await opened()
    const wire = await introduced(port)
    await wire.command('STARTTLS', 220)
    await wire.encrypt()
    await wire.command('LHLO mail.xyz.example', 250)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect((await spooled())[0]?.entry.envelope.tls).toContain('TLSv1.3')
  })
})

describe('whoever passes mail on', () => {
  /** Hands in one mail; its envelope. */
  async function handed(one: Listening, greeting: 'LHLO' | 'EHLO', from?: string): Promise<Record<string, unknown> | undefined> {
    const wire = await Wire.open(one.port, from)
    closes.push(() => wire.close())
    await wire.expect(220)
    await wire.command(`${greeting} mail.xyz.example`, 250)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    const messages = await one.spooled()
    return messages.at(-1)?.entry.envelope as unknown as Record<string, unknown>
  }

  it('is never trusted for where it stands: over LMTP from a trusted network', async () => {
    expect(await handed(await opened(), 'LHLO')).toMatchObject({ fromTrustedNetwork: false, relayed: true, clientAddress: '127.0.0.1' })
  })

  it('is never trusted for where it stands: over SMTP from a relay network, which lies in a trusted one', async () => {
    const one = await opened({ protocol: 'smtp', relays: ['127.0.0.9'] })
    expect(await handed(one, 'EHLO', '127.0.0.9')).toMatchObject({ fromTrustedNetwork: false, relayed: true })
    expect(await handed(one, 'EHLO')).toMatchObject({ fromTrustedNetwork: true, relayed: false })
  })

  it('is a stranger over LMTP from elsewhere, whose own address is checked', async () => {
    const one = await opened({ trusted: ['127.0.0.1'] })
    expect(await handed(one, 'LHLO', '127.0.0.8')).toMatchObject({ fromTrustedNetwork: false, relayed: false, clientAddress: '127.0.0.8' })
  })

  it('must prove whom it speaks for where his tenant refuses unproved senders', async () => {
    const world = { domains: { 'xyz.example': { tenantId: xyz, policy: { unauthenticatedSender: 'refuse' as const } } } }
    const { port } = await opened({ world })
    const wire = await introduced(port)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    expect(await wire.expect(550)).toContain('5.7.26')
  })

  it.each([
    ['over LMTP', { protocol: 'lmtp' }],
    ['from a relay network', { protocol: 'smtp', relays: ['127.0.0.0/8'] }],
  ] as const)('cannot sign in, since all it hands in would be one user’s: %s', async (_where, options) => {
    const { port } = await opened({ ...options, signInWithoutTls: 'loopback' })
    const wire = await Wire.open(port)
    closes.push(() => wire.close())
    await wire.expect(220)
    const greeting = `${options.protocol === 'lmtp' ? 'LHLO' : 'EHLO'} mail.xyz.example`
    expect(await wire.command(greeting, 250)).not.toContain('AUTH')
    await wire.command('AUTH PLAIN AGFubmEAeA==', 500)
    await wire.command('STARTTLS', 220)
    await wire.encrypt()
    expect(await wire.command(greeting, 250)).not.toContain('AUTH')
    await wire.command('AUTH PLAIN AGFubmEAeA==', 500)
  })
})

describe('a unix socket', () => {
  it('takes mail, has the permissions that were asked for from the first moment, and is gone after a stop', async () => {
    const path = join(await socketFolder(), 'lmtp')
    const one = await listening({ protocol: 'lmtp', place: { kind: 'unix', path, mode: 0o600 }, trusted: [] })
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const wire = await introduced(path)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect((await one.spooled())[0]?.entry.envelope).toMatchObject({ clientAddress: null, fromTrustedNetwork: false, relayed: true })
    await one.close()
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('that a killed program left behind is replaced', async () => {
    const path = join(await socketFolder(), 'lmtp')
    const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    await once(spawn(process.execPath, ['-e', program]), 'exit')
    expect((await stat(path)).isSocket()).toBe(true)
    await opened({ place: { kind: 'unix', path, mode: 0o666 } })
    expect((await stat(path)).mode & 0o777).toBe(0o666)
    await introduced(path)
  })

  it('that somebody answers at is his', async () => {
    const path = join(await socketFolder(), 'lmtp')
    const other = createServer((socket) => socket.end()).listen(path)
    await once(other, 'listening')
    closes.push(() => new Promise((resolve) => other.close(resolve)))
    await expect(opened({ place: { kind: 'unix', path, mode: 0o600 } })).rejects.toMatchObject({
      code: 'configurationInvalid',
      message: expect.stringContaining('another program listens there') as unknown,
    })
    expect((await stat(path)).isSocket()).toBe(true)
  })

  it('does not replace what is no socket, nor what a link points to', async () => {
    const folder = await socketFolder()
    const [file, link] = [join(folder, 'file'), join(folder, 'link')]
    await writeFile(file, 'precious')
    await symlink(file, link)
    for (const path of [file, link]) {
      await expect(opened({ place: { kind: 'unix', path, mode: 0o600 } })).rejects.toMatchObject({ code: 'configurationInvalid' })
      expect((await stat(path)).isFile()).toBe(true)
    }
  })

  it('whose folder is missing is told by its path', async () => {
    const path = join(await socketFolder(), 'missing', 'lmtp')
    await expect(opened({ place: { kind: 'unix', path, mode: 0o600 } })).rejects.toMatchObject({
      message: expect.stringContaining(path) as unknown,
    })
  })
})

describe('a stop', () => {
  it('lets a mail that is coming in end, and answers each of its recipients', async () => {
    const one = await listening({ protocol: 'lmtp', world: smallWorld })
    const wire = await introduced(one.port)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    await wire.command('RCPT TO:<crm@crm.example>', 250)
    await wire.command('RCPT TO:<crm@localhost>', 250)
    await wire.command('DATA', 354)
    await wire.push(mail())
    const closing = one.listener.close({ drainMs: 5_000 })
    wire.send('.\r\n')
    await wire.expect(250)
    await wire.expect(250)
    expect((await wire.reply())?.code).toBe(421)
    await closing
    await one.spool.close()
    await rm(one.dataDir, { recursive: true })
  })
})

import { afterEach, describe, expect, it } from 'vitest'
import { listening, mail, smallWorld, xyz, type Listening, type ListeningOptions } from './support/listening.ts'
import { Wire } from './support/wire.ts'

const open: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function opened(options: ListeningOptions = {}): Promise<Listening> {
  const one = await listening(options)
  open.push(one)
  return one
}

async function ready(port: number): Promise<Wire> {
  const wire = await Wire.ready(port)
  open.push(wire)
  return wire
}

const end = '\r\n.\r\n'

describe('a mail by SMTP', () => {
  it('is acknowledged with its id, and is in the spool with its envelope and its very bytes', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    await wire.begin('anna@xyz.example', 'CRM+11111@crm.example')
    const text = mail({ body: '..stuffed\r\n.\r\n8 bit: \u00e4\u00ff\u0000' })
    wire.send(`${text.replaceAll(/^\./gm, '..')}.\r\n`)
    const answer = await wire.expect(250)
    const [message] = await spooled()
    expect(answer).toBe(`2.0.0 Thank you, queued as ${message?.entry.id}`)
    expect(Buffer.from(message?.content ?? []).toString('latin1')).toBe(text)
    expect(message?.entry).toMatchObject({
      channel: 'smtp',
      envelope: {
        reversePath: 'anna@xyz.example',
        forwardPaths: ['CRM+11111@crm.example'],
        clientAddress: '127.0.0.1',
        heloName: 'client.example',
        tls: null,
        authenticatedAs: null,
        fromTrustedNetwork: true,
      },
    })
  })

  it('may be followed by another in the same connection', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    for (const subject of ['first', 'second']) {
      await wire.begin()
      wire.send(`${mail({ subject })}.\r\n`)
      await wire.expect(250)
    }
    await wire.command('QUIT', 221)
    const texts = (await spooled()).map((message) => Buffer.from(message.content ?? []).toString())
    expect(texts).toEqual([mail({ subject: 'first' }), mail({ subject: 'second' })])
  })

  it('may be pipelined whole behind EHLO, two at once, each answered in order (RFC 2920)', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    const commands = 'MAIL FROM:<anna@xyz.example>\r\nRCPT TO:<crm@crm.example>\r\nDATA\r\n'
    wire.send(`${commands}${mail({ subject: 'first' })}.\r\n${commands}${mail({ subject: 'second' })}.\r\nQUIT\r\n`)
    for (const code of [250, 250, 354, 250, 250, 250, 354, 250, 221]) await wire.expect(code)
    expect(await spooled()).toHaveLength(2)
  })

  it('is not there when the connection breaks in the middle of DATA', async () => {
    const { port, spooled, spool } = await opened()
    const wire = await ready(port)
    await wire.begin()
    await wire.push(mail({ body: 'x'.repeat(200_000) }))
    wire.abort()
    while (spool.held().bytes > 0) await new Promise(setImmediate)
    expect(await spooled()).toEqual([])
    // The listener is well.
    const next = await ready(port)
    await next.begin()
    next.send(`${mail()}.\r\n`)
    await next.expect(250)
  })

  it('may come from the null sender, and then the From field counts', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    await wire.begin('')
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect((await spooled())[0]?.entry.envelope.reversePath).toBe('')
    await wire.begin('')
    wire.send(`${mail({ from: 'x@nobody.example' })}.\r\n`)
    expect(await wire.expect(550)).toContain('5.7.1')
  })

  it('may have 8-bit and UTF-8 addresses (RFC 6152, 6531)', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    wire.send(Buffer.from('MAIL FROM:<änna@xyz.example> BODY=8BITMIME SMTPUTF8\r\n'))
    await wire.expect(250)
    await wire.command('RCPT TO:<crm@crm.example>', 250)
    await wire.command('DATA', 354)
    wire.send(Buffer.from(`${mail({ subject: 'Grüße' })}.\r\n`))
    await wire.expect(250)
    expect((await spooled())[0]?.entry.envelope.reversePath).toBe('änna@xyz.example')
  })
})

describe('the listener', () => {
  it('announces what it can: the size limit, pipelining, 8 bit, UTF-8, enhanced codes, STARTTLS, and no AUTH without TLS', async () => {
    const { port } = await opened({ messageBytesMax: 12_345 })
    const wire = await Wire.open(port)
    open.push(wire)
    expect(await wire.expect(220)).toBe('mail.crm.example ESMTP Leadpost')
    const features = (await wire.command('EHLO client.example', 250)).split('\r\n')
    expect(features).toEqual(
      expect.arrayContaining(['PIPELINING', '8BITMIME', 'SMTPUTF8', 'ENHANCEDSTATUSCODES', 'STARTTLS', 'SIZE 12345']),
    )
    expect(features.some((feature) => feature.startsWith('AUTH'))).toBe(false)
  })

  it('takes mail for CRM addresses alone, with sub-addresses and in any case, so it is no open relay', async () => {
    const { port } = await opened()
    const wire = await ready(port)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    for (const to of ['crm@crm.example', 'CRM@CRM.Example', 'crm+11111@crm.example', 'crm@localhost', '@relay.example:crm@crm.example']) {
      await wire.command(`RCPT TO:<${to}>`, 250)
    }
    for (const to of [
      'eva@acme.example',
      'crm@crm.example.evil.example',
      'xcrm@crm.example',
      'crm%evil.example@crm.example',
      'postmaster',
    ]) {
      expect(await wire.command(`RCPT TO:<${to}>`, 550)).toMatch(/^5\.1\.1 This is no address of the CRM/)
    }
    await wire.command('RCPT TO:<>', 501)
    await wire.command('RCPT TO:<"crm@crm.example"@evil.example>', 501)
  })

  it('does not begin DATA where no recipient was good', async () => {
    const { port } = await opened()
    const wire = await ready(port)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    await wire.command('RCPT TO:<eva@acme.example>', 550)
    await wire.command('DATA', 503)
  })

  it('keeps sender addresses that no strict reading would pass', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    for (const from of ['printer.@xyz.example', 'a..b@xyz.example', 'bounce+crm=xyz.example@lists_host.example']) {
      await wire.begin(from)
      wire.send(`${mail()}.\r\n`)
      await wire.expect(250)
    }
    expect((await spooled()).map((message) => message.entry.envelope.reversePath)).toContain('printer.@xyz.example')
    await wire.command(`MAIL FROM:<${'x'.repeat(2_000)}@xyz.example>`, 501)
  })

  it('has no commands that are not for mail', async () => {
    const { port } = await opened()
    const wire = await ready(port)
    for (const command of ['WIZ', 'SHELL', 'KILL', 'XCLIENT ADDR=192.0.2.1', 'XFORWARD ADDR=192.0.2.1', 'TURN'])
      await wire.command(command, 500)
  })

  it('refuses in the session whom nobody registered, in words for him, and goes on with the connection', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    await wire.begin()
    wire.send(`${mail({ from: 'Mallory <m@nobody.example>' })}.\r\n`)
    expect(await wire.expect(550)).toMatch(/^5\.7\.1 .*nobody\.example.*ask the admin of your CRM/)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect(await spooled()).toHaveLength(1)
  })

  it('writes nothing of a refused sender to disk, though the mail is long', async () => {
    const { port, spool } = await opened()
    const wire = await ready(port)
    await wire.begin()
    wire.send(`${mail({ from: 'm@nobody.example', body: 'x\r\n'.repeat(200_000) })}.\r\n`)
    await wire.expect(550)
    expect(spool.held().bytes).toBe(0)
  })

  it('says 452 when the spool is full, before DATA where the client tells the size', async () => {
    const { port } = await opened({ spoolBytesMax: 10_000 })
    const wire = await ready(port)
    expect(await wire.command('MAIL FROM:<anna@xyz.example> SIZE=20000', 452)).toMatch(/^4\.3\.1 /)
    await wire.begin()
    wire.send(`${mail({ body: 'x'.repeat(20_000) })}.\r\n`)
    expect(await wire.expect(452)).toMatch(/^4\.3\.1 /)
  })

  it('trusts only whom TRUSTED_NETWORKS holds', async () => {
    const { port, spooled } = await opened({ trusted: ['10.0.0.0/8'] })
    const wire = await ready(port)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect((await spooled())[0]?.entry.envelope.fromTrustedNetwork).toBe(false)
  })

  it('refuses what the policy of the tenant refuses, unless the client is trusted', async () => {
    const world = { domains: { 'xyz.example': { tenantId: xyz, policy: { unauthenticatedSender: 'refuse' } } } } as const
    const strict = await ready((await opened({ world, trusted: [] })).port)
    await strict.begin()
    strict.send(`${mail()}.\r\n`)
    expect(await strict.expect(550)).toMatch(/^5\.7\.26 Nothing proves/)
    const trusted = await ready((await opened({ world })).port)
    await trusted.begin()
    trusted.send(`${mail()}.\r\n`)
    await trusted.expect(250)
  })
})

describe('a listener that stops', () => {
  it('tells idle clients so and ends', async () => {
    const one = await opened()
    const wire = await ready(one.port)
    const closed = one.listener.close({ drainMs: 60_000 })
    expect(await wire.expect(421)).toMatch(/^4\.3\.2 /)
    await wire.rest()
    wire.close()
    await closed
    await expect(Wire.open(one.port)).rejects.toThrow('ECONNREFUSED')
  })

  it('lets a mail that is coming in come to its end, acknowledges it, and then ends', async () => {
    const one = await opened()
    const wire = await ready(one.port)
    await wire.begin()
    await wire.push(mail())
    const closed = one.listener.close({ drainMs: 60_000 })
    wire.send('more\r\n.\r\n')
    await wire.expect(250)
    expect(await wire.expect(421)).toMatch(/^4\.3\.2 /)
    wire.close()
    await closed
    expect(await one.onlyText()).toBe(`${mail()}more\r\n`)
  })

  it('does not wait longer than it was told for a client that never ends', async () => {
    const one = await opened()
    const wire = await ready(one.port)
    await wire.begin()
    await one.listener.close({ drainMs: 20 })
    await wire.rest()
    expect(await one.spooled()).toEqual([])
  })
})

describe('a listener that stops while a client is in its TLS handshake', () => {
  it('ends well', async () => {
    for (let round = 0; round < 5; round++) {
      const one = await opened()
      const wire = await ready(one.port)
      await wire.command('STARTTLS', 220)
      if (round % 2 === 0) await wire.push(Buffer.from([0x16, 0x03, 0x01]))
      await one.listener.close({ drainMs: round < 3 ? 0 : 10 })
    }
  })
})

describe('the database being away', () => {
  it('is no reason to refuse a mail', async () => {
    const { openDatabase } = await import('../../src/store/database.ts')
    const { openSenderDirectory } = await import('../../src/intake/sender-directory.ts')
    const { silent } = await import('./support/listening.ts')
    // Port 1 of this machine answers nobody.
    const database = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', log: silent })
    const { port, spooled } = await opened({ directory: openSenderDirectory({ database }) })
    const wire = await ready(port)
    await wire.begin()
    wire.send(`${mail({ from: 'whoever@nobody.example' })}.\r\n`)
    await wire.expect(250)
    expect(await spooled()).toHaveLength(1)
    await database.close()
  })
})

describe('replies', () => {
  it('have an enhanced code wherever RFC 2034 wants one, and fit a line', async () => {
    const { port } = await opened({ world: smallWorld })
    const wire = await ready(port)
    for (const command of [
      'NOOP',
      'RSET',
      'VRFY x',
      'HELP',
      'NONSENSE',
      'DATA',
      'RCPT TO:<x>',
      'MAIL FROM:x',
      'AUTH PLAIN AGEAYg==',
      'EXPN x',
    ]) {
      wire.send(`${command}\r\n`)
      const reply = await wire.reply()
      expect(reply?.text, command).toMatch(/^[245]\.\d\.\d+ /)
      expect(reply?.text.length).toBeLessThan(500)
    }
    wire.send(`MAIL FROM:<anna@xyz.example>\r\nRCPT TO:<crm@crm.example>\r\nDATA\r\n`)
    for (const code of [250, 250, 354]) await wire.expect(code)
    wire.send(`From: x@${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example\r\n\r\nx${end}`)
    expect((await wire.expect(550)).length).toBeLessThan(500)
  })
})

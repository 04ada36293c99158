import { afterEach, describe, expect, it } from 'vitest'
import { listening, mail, type Listening, type ListeningOptions } from './support/listening.ts'
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

async function connected(port: number): Promise<Wire> {
  const wire = await Wire.open(port)
  open.push(wire)
  return wire
}

async function takesMail(port: number): Promise<void> {
  const wire = await ready(port)
  await wire.begin()
  wire.send(`${mail()}.\r\n`)
  await wire.expect(250)
  wire.close()
}

describe('a second mail smuggled behind a false end of data', () => {
  const variants = [
    '\n.\n',
    '\n.\r\n',
    '\r\n.\n',
    '\r.\r',
    '\r.\r\n',
    '\r\n.\r',
    '\n.\r',
    '\r.\n',
    '\r\r\n.\r\n',
    '\r\n.\r\r\n',
    '\r\n\r.\r\n',
    '\n',
    '\r',
    '\n\n.\r\n',
  ]
  const second =
    'MAIL FROM:<anna@xyz.example>\r\nRCPT TO:<crm@crm.example>\r\nDATA\r\nFrom: anna@xyz.example\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n'
  for (const variant of variants) {
    it(`is refused with 550 5.5.2 and a closed connection: ${JSON.stringify(variant)}`, async () => {
      const { port, spooled } = await opened()
      for (const octetByOctet of [false, true]) {
        const wire = await ready(port)
        await wire.begin()
        const octets = Buffer.from(`${mail()}first${variant}${second}`, 'latin1')
        if (octetByOctet) for (const octet of octets.subarray(0, mail().length + 30)) await wire.push(Buffer.from([octet]))
        wire.send(octetByOctet ? octets.subarray(mail().length + 30) : octets)
        expect(await wire.expect(550)).toMatch(/^5\.5\.2 /)
        expect(await wire.rest()).toBe('')
        wire.close()
      }
      expect(await spooled()).toEqual([])
    })
  }

  it('is refused in the header as well, and in a mail that fills many packets', async () => {
    const { port, spooled, spool } = await opened()
    for (const text of ['From: anna@xyz.example\nSubject: x\n\nbody\n', mail({ body: `${'x'.repeat(300_000)}\n.\n` })]) {
      const wire = await ready(port)
      await wire.begin()
      wire.send(`${text}${second}`)
      expect(await wire.expect(550)).toMatch(/^5\.5\.2 /)
      await wire.rest()
    }
    while (spool.held().bytes > 0) await new Promise(setImmediate)
    expect(await spooled()).toEqual([])
  })

  it('does not cost the mails that came properly before it in the same connection', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    await wire.begin()
    wire.send(`${mail()}\n.\n${second}`)
    await wire.expect(550)
    await wire.rest()
    expect(await spooled()).toHaveLength(1)
  })
})

describe('too much of something', () => {
  it('a size told beforehand beyond the limit is refused at MAIL', async () => {
    const { port } = await opened({ messageBytesMax: 100_000 })
    const wire = await ready(port)
    expect(await wire.command('MAIL FROM:<anna@xyz.example> SIZE=100001', 552)).toMatch(/^5\.3\.4 /)
    await wire.command('MAIL FROM:<anna@xyz.example> SIZE=100000', 250)
  })

  it('a mail beyond the limit is refused with or without a told size, and leaves nothing behind', async () => {
    const { port, spooled, spool } = await opened({ messageBytesMax: 100_000 })
    for (const told of ['', ' SIZE=50']) {
      const wire = await ready(port)
      await wire.command(`MAIL FROM:<anna@xyz.example>${told}`, 250)
      await wire.command('RCPT TO:<crm@crm.example>', 250)
      await wire.command('DATA', 354)
      wire.send(`${mail({ body: 'x\r\n'.repeat(100_000) })}.\r\n`)
      expect(await wire.expect(552)).toMatch(/^5\.3\.4 /)
      // The connection goes on.
      await wire.begin()
      wire.send(`${mail()}.\r\n`)
      await wire.expect(250)
      wire.close()
    }
    expect(await spooled()).toHaveLength(2)
    expect(spool.held().bytes).toBeLessThan(5_000)
  })

  it('a mail of exactly the limit is taken, and one octet more is not', async () => {
    const { port } = await opened({ messageBytesMax: 1_000 })
    const wire = await ready(port)
    for (const [bytes, code] of [
      [1_000, 250],
      [1_001, 552],
    ] as const) {
      await wire.begin()
      wire.send(`${mail({ body: 'x'.repeat(bytes - mail({ body: '' }).length) })}.\r\n`)
      await wire.expect(code)
    }
  })

  it('10,000 recipients: the first hundred are taken, the rest put off, and the mail comes through', async () => {
    const { port, spooled } = await opened()
    const wire = await ready(port)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    const count = 10_000
    for (let number = 0; number < count; number++) wire.send(`RCPT TO:<crm+${number}@crm.example>\r\n`)
    const codes: number[] = []
    for (let number = 0; number < count; number++) codes.push((await wire.reply())?.code ?? 0)
    expect(codes.filter((code) => code === 250)).toHaveLength(100)
    expect(codes.filter((code) => code === 452)).toHaveLength(9_900)
    await wire.command('DATA', 354)
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect((await spooled())[0]?.entry.envelope.forwardPaths).toHaveLength(100)
  })

  it('recipients without end are ended with 421', async () => {
    const { port } = await opened({ limits: { recipientCommandsMax: 50 } })
    const wire = await ready(port)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    for (let number = 0; number <= 50; number++) wire.send(`RCPT TO:<eva${number}@acme.example>\r\n`)
    expect(await wire.rest()).toMatch(/421 4\.7\.0 [^\r\n]*\r\n$/)
  })

  it('commands without a mail are ended with 421, and a mail gives new ones', async () => {
    const { port } = await opened({ limits: { otherCommandsMax: 20 } })
    const wire = await ready(port)
    for (let round = 0; round < 3; round++) {
      for (let number = 0; number < 15; number++) await wire.command('NOOP', 250)
      await wire.begin()
      wire.send(`${mail()}.\r\n`)
      await wire.expect(250)
    }
    for (let number = 0; number < 21; number++) wire.send('NOOP\r\n')
    expect(await wire.rest()).toMatch(/421 4\.7\.0 [^\r\n]*\r\n$/)
  })

  it('unknown commands are ended with 421', async () => {
    const { port } = await opened()
    const wire = await ready(port)
    for (let number = 0; number < 20; number++) wire.send('BOGUS\r\n')
    expect(await wire.rest()).toMatch(/421 4\.7\.0 [^\r\n]*\r\n$/)
  })

  it('a command line without end is ended', async () => {
    const { port } = await opened()
    const wire = await ready(port)
    wire.send('MAIL FROM:<')
    for (let count = 0; count < 100; count++) wire.send('x'.repeat(1_000))
    expect(await wire.rest()).toMatch(/^500 5\.5\.2 /)
  })

  it('a header without end is refused, however long it goes on', async () => {
    const { port, spool, spooled } = await opened({ messageBytesMax: 50_000_000 })
    for (const line of [`X-Filler: ${'x'.repeat(900)}\r\n`, ' folded\r\n', `${'x'.repeat(997)}\r\n`]) {
      const wire = await ready(port)
      await wire.begin()
      wire.send(`From: anna@xyz.example\r\nX: y\r\n${line.repeat(Math.ceil(3_000_000 / line.length))}.\r\n`)
      expect(await wire.expect(552)).toMatch(/^5\.3\.4 .*header/)
      wire.close()
    }
    expect(await spooled()).toEqual([])
    expect(spool.held().bytes).toBe(0)
  })

  it('one endless line of a header is refused the same', async () => {
    const { port } = await opened({ messageBytesMax: 50_000_000 })
    const wire = await ready(port)
    await wire.begin()
    wire.send(`From: anna@xyz.example\r\nX: ${'y'.repeat(2_000_000)}\r\n\r\n.\r\n`)
    await wire.expect(552)
  })
})

describe('too many connections', () => {
  it('in all are answered 421 4.7.0, and those that are in go on', async () => {
    const { port } = await opened({ limits: { totalMax: 10 } })
    const inside = await Promise.all(Array.from({ length: 10 }, () => ready(port)))
    for (let count = 0; count < 30; count++) {
      const wire = await connected(port)
      expect(await wire.rest()).toMatch(/^421 4\.7\.0 [^\r\n]+\r\n$/)
      wire.close()
    }
    for (const wire of inside) await wire.command('NOOP', 250)
    const [first] = inside
    await first?.command('QUIT', 221)
    first?.close()
    // Whoever leaves makes room.
    for (;;) {
      const wire = await connected(port)
      if ((await wire.reply())?.code === 220) break
    }
  })

  it('of one client that is not trusted are answered 421 4.7.0', async () => {
    const { port } = await opened({ trusted: [], limits: { perClientMax: 3 } })
    await Promise.all(Array.from({ length: 3 }, () => ready(port)))
    expect(await (await connected(port)).rest()).toMatch(/^421 4\.7\.0 /)
  })

  it('of one client within a minute are answered 421 4.7.0 unless it is trusted', async () => {
    const strict = await opened({ trusted: [], limits: { perClientMinuteMax: 3 } })
    for (let count = 0; count < 3; count++) (await ready(strict.port)).close()
    expect(await (await connected(strict.port)).rest()).toMatch(/^421 4\.7\.0 Too many new connections/)
    const trusting = await opened({ limits: { perClientMinuteMax: 3, perClientMax: 1 } })
    for (let count = 0; count < 10; count++) await ready(trusting.port)
  })

  it('in a flood of a thousand leave the listener well', { timeout: 60_000 }, async () => {
    const { port } = await opened({ limits: { totalMax: 50 } })
    const wires = await Promise.all(Array.from({ length: 1_000 }, () => connected(port).catch(() => null)))
    for (const wire of wires) wire?.abort()
    for (;;) {
      const wire = await connected(port)
      if ((await wire.reply())?.code === 220) break
      wire.close()
    }
    await takesMail(port)
  })
})

describe('a slow client', () => {
  it('that says nothing is ended with 421', async () => {
    const { port } = await opened({ limits: { commandTimeoutMs: 50 } })
    const wire = await connected(port)
    await wire.expect(220)
    expect(await wire.rest()).toMatch(/^421 4\.4\.2 /)
  })

  it('that trickles a command octet by octet is ended with 421 though it is never idle', async () => {
    const { port } = await opened({ limits: { commandTimeoutMs: 150 } })
    const wire = await connected(port)
    await wire.expect(220)
    const trickle = setInterval(() => wire.send('x'), 10)
    expect(await wire.rest()).toMatch(/^421 4\.4\.2 /)
    clearInterval(trickle)
  })

  it('that trickles a mail octet by octet is ended with 421 though it is never idle, and leaves nothing', async () => {
    const { port, spool } = await opened({ limits: { dataTimeoutMs: 150 } })
    const wire = await ready(port)
    await wire.begin()
    const trickle = setInterval(() => wire.send('x'), 10)
    expect(await wire.rest()).toMatch(/^421 4\.4\.2 /)
    clearInterval(trickle)
    await takesMail(port)
    expect(spool.held().messages).toBe(1)
  })

  it('that never finishes its handshake of TLS is ended', async () => {
    const { port } = await opened({ limits: { commandTimeoutMs: 100 } })
    const wire = await ready(port)
    await wire.command('STARTTLS', 220)
    await wire.rest()
  })

  it('that reads no replies makes the listener hold no heap of them', async () => {
    const { port } = await opened({ limits: { otherCommandsMax: 1_000_000 } })
    const wire = await ready(port)
    const before = process.memoryUsage.rss()
    wire.pause()
    for (let count = 0; count < 20; count++) wire.send('HELP\r\n'.repeat(10_000))
    await takesMail(port)
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024)
  })
})

describe('a client that is no mail client', () => {
  it('and talks before the greeting is ended, unless its network is trusted', async () => {
    const strict = await connected((await opened({ trusted: [] })).port)
    strict.send('EHLO spam.example\r\n')
    expect(await strict.rest()).toMatch(/^421 4\.7\.0 /)
    const trusted = await connected((await opened()).port)
    trusted.send('EHLO client.example\r\n')
    await trusted.expect(220)
  })

  it('and speaks HTTP is ended', async () => {
    const { port } = await opened()
    const wire = await connected(port)
    await wire.expect(220)
    wire.send('POST / HTTP/1.1\r\nHost: crm.example\r\n\r\nMAIL FROM:<anna@xyz.example>\r\n')
    expect(await wire.rest()).toMatch(/^421 4\.7\.0 /)
  })

  it('and sends noise is ended, and the listener is well', async () => {
    const { port } = await opened()
    const wire = await connected(port)
    await wire.expect(220)
    wire.send(Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 256)))
    await wire.rest()
    await takesMail(port)
  })

  it('and breaks off at any point leaves the listener well', async () => {
    const { port } = await opened()
    const session = `EHLO x\r\nMAIL FROM:<anna@xyz.example>\r\nRCPT TO:<crm@crm.example>\r\nDATA\r\n${mail()}`
    for (let end = 1; end < session.length; end += 9) {
      const wire = await connected(port)
      await wire.expect(220)
      await wire.push(session.slice(0, end))
      if (end % 2 === 0) wire.abort()
      else wire.finish()
    }
    await takesMail(port)
  })
})

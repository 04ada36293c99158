/** Behind a load balancer: the client is whom the PROXY header names, and the header is read from nobody else. HAProxy is the real one. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { installed } from '../journeys/installed.ts'
import { freePort } from '../support/free-port.ts'
import { listening, mail, type Listening, type ListeningOptions } from './support/listening.ts'
import { Wire } from './support/wire.ts'

const balancer = '127.0.0.5'
const told = (address: string): string => `PROXY TCP4 ${address} 127.0.0.1 56324 25\r\n`
const block = (command: number, family: number, body: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'), Buffer.from([0x20 + command, family, 0, body.length]), Buffer.from(body)])

const closes: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close()
})

async function opened(options: ListeningOptions = {}): Promise<Listening> {
  const one = await listening({ trusted: ['127.0.0.1', '10.0.0.0/8'], proxies: ['127.0.0.5'], ...options })
  closes.push(() => one.close())
  return one
}

async function connected(port: number, from?: string): Promise<Wire> {
  const wire = await Wire.open(port, from)
  closes.push(() => wire.close())
  return wire
}

async function handIn(wire: Wire, one: Listening, greeting = 'EHLO client.example'): Promise<Record<string, unknown>> {
  await wire.expect(220)
  await wire.command(greeting, 250)
  await wire.begin()
  wire.send(`${mail()}.\r\n`)
  await wire.expect(250)
  const messages = await one.spooled()
  return messages.at(-1)?.entry.envelope as unknown as Record<string, unknown>
}

describe('a connection from PROXY_NETWORKS', () => {
  it.each([
    ['version 1', told('203.0.113.7'), '203.0.113.7', false],
    ['version 1, of a trusted client', told('10.1.2.3'), '10.1.2.3', true],
    ['version 1, IPv6', 'PROXY TCP6 2001:db8::7 2001:db8::1 1 2\r\n', '2001:db8::7', false],
    ['version 2', block(1, 0x11, [203, 0, 113, 7, 127, 0, 0, 1, 1, 2, 0, 25]), '203.0.113.7', false],
    ['version 2, of a trusted client', block(1, 0x11, [10, 1, 2, 3, 127, 0, 0, 1, 1, 2, 0, 25]), '10.1.2.3', true],
    ['nobody, version 1', 'PROXY UNKNOWN\r\n', null, false],
    ['nobody, version 2', block(0, 0, []), null, false],
  ])('is that of the client it names: %s', async (_what, header, clientAddress, fromTrustedNetwork) => {
    // Trusted itself, so that its own trust would show.
    const one = await opened({ trusted: ['127.0.0.0/8', '10.0.0.0/8'] })
    const wire = await connected(one.port, balancer)
    wire.send(header)
    expect(await handIn(wire, one)).toMatchObject({ clientAddress, fromTrustedNetwork, relayed: false })
  })

  it('may send its header octet by octet', async () => {
    const one = await opened()
    for (const header of [told('203.0.113.7'), block(1, 0x11, [203, 0, 113, 7, 127, 0, 0, 1, 1, 2, 0, 25])]) {
      const wire = await connected(one.port, balancer)
      for (const octet of Buffer.from(header)) await wire.push(Uint8Array.of(octet))
      expect(await handIn(wire, one)).toMatchObject({ clientAddress: '203.0.113.7' })
    }
  })

  it('encrypts as any other', async () => {
    const one = await opened()
    const wire = await connected(one.port, balancer)
    wire.send(told('203.0.113.7'))
    await wire.expect(220)
    await wire.command('EHLO client.example', 250)
    await wire.command('STARTTLS', 220)
    await wire.encrypt()
    await wire.command('EHLO client.example', 250)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect((await one.spooled())[0]?.entry.envelope).toMatchObject({
      clientAddress: '203.0.113.7',
      tls: expect.stringContaining('TLSv1.3') as unknown,
    })
  })

  it('whose client talks before he is greeted is sent away', async () => {
    const { port } = await opened()
    const wire = await connected(port, balancer)
    wire.send(`${told('203.0.113.7')}EHLO client.example\r\n`)
    expect((await wire.reply())?.text).toContain('wait for the greeting')
  })

  it('counts for the client it names', async () => {
    const { port } = await opened({ limits: { perClientMax: 2 } })
    const of = async (address: string): Promise<number | undefined> => {
      const wire = await connected(port, balancer)
      wire.send(told(address))
      return (await wire.reply())?.code
    }
    expect([await of('203.0.113.7'), await of('203.0.113.7'), await of('203.0.113.7')]).toEqual([220, 220, 421])
    expect(await of('203.0.113.8')).toBe(220)
  })

  it.each([
    ['no header but a command', 'EHLO client.example\r\n'],
    ['one that names nobody rightly', 'PROXY TCP4 nobody 127.0.0.1 1 2\r\n'],
    ['one without end', `PROXY UNKNOWN ${'x'.repeat(200)}`],
    ['TLS', Buffer.from([0x16, 3, 1, 2, 0])],
  ])('that has %s is refused and closed', async (_what, octets) => {
    const { port } = await opened()
    const wire = await connected(port, balancer)
    wire.send(octets)
    expect((await wire.reply())?.text).toContain('PROXY header')
    expect(await wire.reply()).toBeNull()
  })

  it('that sends none in time, or leaves, holds nothing', async () => {
    const one = await opened({ limits: { proxyHeaderTimeoutMs: 50, totalMax: 2 } })
    const silent = await connected(one.port, balancer)
    const slow = await connected(one.port, balancer)
    slow.send('PROXY TCP4')
    for (const wire of [silent, slow]) {
      expect((await wire.reply())?.code).toBe(421)
      expect(await wire.reply()).toBeNull()
    }
    for (let each = 0; each < 5; each++) (await connected(one.port, balancer)).abort()
    const wire = await connected(one.port, balancer)
    wire.send(told('203.0.113.7'))
    expect(await handIn(wire, one)).toMatchObject({ clientAddress: '203.0.113.7' })
  })

  it('that has not named its client is ended by a stop', async () => {
    const one = await opened()
    const wire = await connected(one.port, balancer)
    await wire.push('PROXY')
    await one.listener.close({ drainMs: 60_000 })
    // By the stop, or because it was too late for an entrance.
    expect([undefined, 421]).toContain((await wire.reply())?.code)
  })

  it('leads to LMTP as well', async () => {
    const one = await opened({ protocol: 'lmtp' })
    const wire = await connected(one.port, balancer)
    wire.send(told('10.0.0.25'))
    expect(await handIn(wire, one, 'LHLO mail.xyz.example')).toMatchObject({
      clientAddress: '10.0.0.25',
      relayed: true,
      fromTrustedNetwork: false,
    })
  })
})

describe('a PROXY header from anybody else', () => {
  it('is a command that nobody knows, and changes nothing', async () => {
    const one = await opened()
    const wire = await connected(one.port)
    await wire.expect(220)
    wire.send(told('10.1.2.3'))
    await wire.expect(500)
    await wire.command('EHLO client.example', 250)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect((await one.spooled())[0]?.entry.envelope).toMatchObject({ clientAddress: '127.0.0.1' })
  })

  it('before the greeting sends a stranger away', async () => {
    const { port } = await opened()
    const wire = await connected(port, '127.0.0.6')
    wire.send(told('10.1.2.3'))
    expect((await wire.reply())?.text).toContain('wait for the greeting')
  })
})

describe.skipIf(!installed('haproxy'))('HAProxy in front', () => {
  let one: Listening
  let folder: string
  let haproxy: ChildProcess
  const ports: Record<'v1' | 'v2', number> = { v1: 0, v2: 0 }
  beforeAll(async () => {
    one = await listening({ trusted: ['10.0.0.0/8'], proxies: ['127.0.0.1'] })
    folder = await mkdtemp(join(tmpdir(), 'leadpost-haproxy-'))
    ports.v1 = await freePort()
    ports.v2 = await freePort()
    const front = (name: 'v1' | 'v2', how: string): string =>
      `listen ${name}\n  bind 127.0.0.1:${ports[name]}\n  server crm 127.0.0.1:${one.port} ${how}\n`
    const config = `defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1m\n  timeout server 1m\n${front('v1', 'send-proxy')}${front('v2', 'send-proxy-v2 check inter 100')}`
    await writeFile(join(folder, 'haproxy.cfg'), config)
    haproxy = spawn('/usr/sbin/haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
    for (const port of Object.values(ports)) await answered(port)
  })
  afterAll(async () => {
    const ended = once(haproxy, 'exit')
    haproxy.kill('SIGKILL')
    await ended
    await one.close()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(['v1', 'v2'] as const)('hands over the client’s address by PROXY %s, also under TLS', async (version) => {
    const wire = await connected(ports[version], '127.0.0.77')
    await wire.expect(220)
    await wire.command('EHLO client.example', 250)
    await wire.command('STARTTLS', 220)
    await wire.encrypt()
    expect(await handInGreeted(wire)).toMatchObject({ clientAddress: '127.0.0.77', fromTrustedNetwork: false })
  })

  async function handInGreeted(wire: Wire): Promise<Record<string, unknown>> {
    await wire.command('EHLO client.example', 250)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    return (await one.spooled()).at(-1)?.entry.envelope as unknown as Record<string, unknown>
  }
})

/** Until somebody greets there. */
async function answered(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const wire = await Wire.open(port).catch(() => null)
    const reply = await wire?.reply()
    wire?.close()
    if (reply?.code === 220) return
    await wait(50)
  }
  throw new Error('HAProxy does not answer')
}

import { hash } from '@node-rs/argon2'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { guessesPerClientMax, openSignIn } from '../../src/intake/sign-in.ts'
import {
  address,
  directoryOf,
  listening,
  mail,
  other,
  silent,
  smallWorld,
  xyz,
  type Listening,
  type ListeningOptions,
  type World,
} from './support/listening.ts'
import { Wire } from './support/wire.ts'

const open: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

let world: World
beforeAll(async () => {
  const passwordHash = await hash('correct horse')
  world = {
    ...smallWorld,
    users: [
      { email: address('anna@xyz.example'), tenantId: xyz, passwordHash, disabled: false },
      { email: address('olga@other.example'), tenantId: other, passwordHash, disabled: false },
      { email: address('gone@xyz.example'), tenantId: xyz, passwordHash, disabled: true },
      { email: address('without@xyz.example'), tenantId: xyz, passwordHash: null, disabled: false },
    ],
  }
})

async function opened(options: ListeningOptions = {}): Promise<Listening> {
  const one = await listening({ world, trusted: [], ...options })
  open.push(one)
  return one
}

async function encrypted(port: number): Promise<Wire> {
  const wire = await Wire.ready(port)
  open.push(wire)
  await wire.command('STARTTLS', 220)
  await wire.encrypt()
  return wire
}

function plain(user: string, password: string): string {
  return `AUTH PLAIN ${base64(`\u0000${user}\u0000${password}`)}`
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

describe('encryption', () => {
  it('begins with STARTTLS, with a certificate in the name of the listener, and stands in the envelope', async () => {
    const { port, spooled } = await opened()
    const wire = await encrypted(port)
    expect(wire.peerCertificate().subject.CN).toBe('mail.crm.example')
    const features = await wire.command('EHLO client.example', 250)
    expect(features).toContain('AUTH PLAIN LOGIN')
    expect(features).not.toContain('STARTTLS')
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    expect((await spooled())[0]?.entry.envelope.tls).toMatch(/^TLSv1\.3 /)
  })

  it('forgets what was said before it (RFC 3207 §4.2), and takes no command that came in clear behind STARTTLS', async () => {
    const { port } = await opened()
    const wire = await Wire.ready(port)
    open.push(wire)
    await wire.command('MAIL FROM:<anna@xyz.example>', 250)
    wire.send('STARTTLS\r\nRCPT TO:<crm@crm.example>\r\n')
    await wire.expect(220)
    await wire.encrypt()
    await wire.command('RCPT TO:<crm@crm.example>', 503)
  })

  it('begins behind commands that came together with STARTTLS', async () => {
    const { port } = await opened()
    const wire = await Wire.ready(port)
    open.push(wire)
    wire.send('MAIL FROM:<anna@xyz.example>\r\nRSET\r\nSTARTTLS\r\n')
    for (const code of [250, 250, 220]) await wire.expect(code)
    await wire.encrypt()
    await wire.command('EHLO client.example', 250)
  })

  it('checks the octets of DATA as without it', async () => {
    const { port, spooled } = await opened()
    const wire = await encrypted(port)
    await wire.command('EHLO client.example', 250)
    await wire.begin()
    wire.send(`${mail()}\n.\nMAIL FROM:<x@xyz.example>\r\n`)
    expect(await wire.expect(550)).toMatch(/^5\.5\.2 /)
    expect(await spooled()).toEqual([])
  })
})

describe('signing in', () => {
  it('with PLAIN or LOGIN names the user in the envelope', async () => {
    const { port, spooled } = await opened()
    const wire = await encrypted(port)
    await wire.command('EHLO client.example', 250)
    await wire.command(plain('Anna@XYZ.example', 'correct horse'), 235)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
    const second = await encrypted(port)
    await second.command('EHLO client.example', 250)
    await second.command('AUTH LOGIN', 334)
    await second.command(base64('anna@xyz.example'), 334)
    await second.command(base64('correct horse'), 235)
    await second.begin()
    second.send(`${mail()}.\r\n`)
    await second.expect(250)
    expect((await spooled()).map((message) => message.entry.envelope.authenticatedAs)).toEqual(['anna@xyz.example', 'anna@xyz.example'])
  })

  it('is refused without TLS, in words that say what to do', async () => {
    const { port } = await opened()
    const wire = await Wire.ready(port)
    open.push(wire)
    expect(await wire.command(plain('anna@xyz.example', 'correct horse'), 538)).toMatch(/^5\.7\.11 .*STARTTLS/)
    await wire.command('NOOP', 250)
  })

  it('without TLS is possible from this machine where the operator says so', async () => {
    const { port } = await opened({ signInWithoutTls: 'loopback' })
    const wire = await Wire.ready(port)
    open.push(wire)
    await wire.command(plain('anna@xyz.example', 'correct horse'), 235)
  })

  it('fails in the same words for a wrong password, an unknown, a disabled user and one without a password', async () => {
    const { port } = await opened()
    const answers = new Set<string>()
    for (const [user, password] of [
      ['anna@xyz.example', 'wrong'],
      ['nobody@xyz.example', 'correct horse'],
      ['gone@xyz.example', 'correct horse'],
      ['without@xyz.example', ''],
      ['not an address', 'x'],
      ['anna@xyz.example', 'x'.repeat(2_000)],
    ] as const) {
      const wire = await encrypted(port)
      await wire.command('EHLO client.example', 250)
      answers.add(await wire.command(plain(user, password), 535))
      wire.close()
    }
    expect([...answers]).toEqual(['5.7.8 The user name or the password is wrong.'])
  })

  it('speaks for the own company alone', async () => {
    const { port } = await opened()
    const wire = await encrypted(port)
    await wire.command('EHLO client.example', 250)
    await wire.command(plain('olga@other.example', 'correct horse'), 235)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    expect(await wire.expect(550)).toMatch(/^5\.7\.1 You are signed in as a user of another company/)
  })

  it('makes a sender good for a company that wants proof', async () => {
    const strict: World = { ...world, domains: { 'xyz.example': { tenantId: xyz, policy: { unauthenticatedSender: 'refuse' } } } }
    const { port } = await opened({ world: strict })
    const wire = await encrypted(port)
    await wire.command('EHLO client.example', 250)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(550)
    await wire.command(plain('anna@xyz.example', 'correct horse'), 235)
    await wire.begin()
    wire.send(`${mail()}.\r\n`)
    await wire.expect(250)
  })

  it('is put off while the database is away', async () => {
    const { openDatabase } = await import('../../src/store/database.ts')
    const { openSenderDirectory } = await import('../../src/intake/sender-directory.ts')
    const database = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', log: silent })
    const { port } = await opened({ directory: openSenderDirectory({ database }) })
    const wire = await encrypted(port)
    await wire.command('EHLO client.example', 250)
    expect(await wire.command(plain('anna@xyz.example', 'correct horse'), 454)).toMatch(/^4\.7\.0 /)
    await database.close()
  })

  it('cannot be guessed for long: then 421 4.7.0, even with the right password', async () => {
    const { port } = await opened()
    for (let guess = 0; guess < guessesPerClientMax; guess++) {
      const wire = await encrypted(port)
      await wire.command('EHLO client.example', 250)
      await wire.command(plain('anna@xyz.example', `guess ${guess}`), 535)
      wire.close()
    }
    const wire = await encrypted(port)
    await wire.command('EHLO client.example', 250)
    expect(await wire.command(plain('anna@xyz.example', 'correct horse'), 421)).toMatch(/^4\.7\.0 /)
    await wire.rest()
  })
})

describe('the count of guesses', () => {
  it('ends with its time, and a right password clears it', async () => {
    let now = 0
    const signIn = openSignIn({ directory: directoryOf(world), log: silent, now: () => now })
    const guess = async (password: string): Promise<string> => (await signIn.check('anna@xyz.example', password, '192.0.2.1')).kind
    for (let count = 0; count < guessesPerClientMax; count++) expect(await guess('wrong')).toBe('wrong')
    expect(await guess('correct horse')).toBe('tooOften')
    now += 3_600_000
    for (let count = 1; count < guessesPerClientMax; count++) expect(await guess('wrong')).toBe('wrong')
    expect(await guess('correct horse')).toBe('signedIn')
    for (let count = 0; count < guessesPerClientMax; count++) expect(await guess('wrong')).toBe('wrong')
  })

  it('lets many users of one address in at once', async () => {
    const signIn = openSignIn({ directory: directoryOf(world), log: silent })
    const kinds = await Promise.all(Array.from({ length: 30 }, () => signIn.check('anna@xyz.example', 'correct horse', '192.0.2.1')))
    expect(new Set(kinds.map(({ kind }) => kind))).toEqual(new Set(['signedIn']))
  })

  it('is for each client, and guesses side by side count as well', async () => {
    const signIn = openSignIn({ directory: directoryOf(world), log: silent })
    const kinds = await Promise.all(Array.from({ length: 60 }, () => signIn.check('anna@xyz.example', 'wrong', '192.0.2.1')))
    // Two are checked at a time.
    expect(kinds.filter(({ kind }) => kind === 'wrong').length).toBeLessThanOrEqual(guessesPerClientMax + 1)
    expect((await signIn.check('anna@xyz.example', 'correct horse', '192.0.2.2')).kind).toBe('signedIn')
  })
})

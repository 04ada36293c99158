/** Servers that do not keep to the standard, or do not mean well: no mail is lost over it, none is doubled, and none holds up the others. */
import { createServer } from 'node:http'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { generate } from 'selfsigned'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { imapTimingDefault } from '../../src/intake/imap-watcher.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { startFakeImap, type FakeImap, type Lies } from '../support/fake-imap.ts'
import { newMail, openImapOffice, type ImapOffice } from './imap-office.ts'

let kept: TestDatabase
let office: ImapOffice
let server: FakeImap | null = null
beforeAll(async () => {
  kept = await openTestDatabase()
})
afterAll(async () => {
  await kept.close()
})
beforeEach(async () => {
  office = await openImapOffice()
})
afterEach(async () => {
  await office.close()
  await server?.close()
  server = null
})

const large = (bytes: number): string => newMail({ text: 'x'.repeat(bytes) })

async function serve(lies: Lies, contents: readonly string[]): Promise<FakeImap> {
  server = await startFakeImap(lies)
  for (const content of contents) server.add(content)
  return server
}

async function expectAll(contents: readonly string[]): Promise<void> {
  const rows = await office.waitFor(contents.length)
  await sleep(400)
  expect(await office.admitted()).toHaveLength(contents.length)
  const sizes = rows.map(({ bytes }) => bytes).toSorted((a, b) => a - b)
  expect(sizes).toEqual(contents.map((content) => content.length).toSorted((a, b) => a - b))
}

describe('a server that is wrong about sizes', () => {
  const contents = [newMail(), large(200_000), large(2_000_000), large(65_536)]
  const cases: [string, Lies][] = [
    ['too small', { size: () => 10 }],
    ['none', { size: () => 0 }],
    ['too large', { size: ({ content }) => content.length + 1_000 }],
    ['far too large', { size: () => 4_000_000_000 }],
  ]
  test.each(cases)('%s: every mail comes whole', async (_, lies) => {
    const mails = lies.size?.({ uid: 1, content: Buffer.alloc(0), seen: false }) === 4_000_000_000 ? contents.slice(0, 1) : contents
    const { port } = await serve(lies, mails)
    await office.add({ port })
    await office.start()
    await expectAll(mails)
  })

  test('that hands out all of it whatever was asked for', async () => {
    const { port } = await serve({ body: ({ content }) => content }, contents)
    await office.add({ port })
    await office.start()
    await expectAll(contents)
  })

  test('that hands out less than was asked for', async () => {
    const body: Lies['body'] = ({ content }, { start, length }) => content.subarray(start, start + Math.min(length, 30_000))
    const { port } = await serve({ body }, contents)
    await office.add({ port })
    await office.start()
    await expectAll(contents)
  })
})

describe('a server that answers oddly', () => {
  test('with other messages, the same twice, and flags in between', async () => {
    const contents = Array.from({ length: 20 }, () => newMail())
    contents.push(large(300_000))
    const { port } = await serve(
      {
        timesFetched: () => 2,
        beforeFetch: ({ uid }) => [
          `* 1 FETCH (UID 1 FLAGS (\\Seen))`,
          `* ${uid} FETCH (UID ${uid} FLAGS ())`,
          '* 3 FETCH (UID 999 BODY[]<0> "no")',
        ],
        search: (found) => [...found.toReversed(), ...found, 4_294_967_296, 0],
      },
      contents,
    )
    await office.add({ port })
    await office.start()
    await expectAll(contents)
  })

  test('with nothing for a message that it lists: it is set aside, the others come', async () => {
    const contents = [newMail(), newMail(), newMail()]
    const fake = await serve({ timesFetched: ({ uid }) => (uid === 2 ? 0 : 1) }, contents)
    const id = await office.add({ port: fake.port })
    await office.start()
    await office.waitFor(2)
    const health = await office.waitForMailbox(id, ({ setAside }) => setAside === 1)
    expect(health).toMatchObject({ state: 'connected', waiting: 0 })
    expect(health.lastError).toContain('Message 2')
    // Seen and moved is only what is in.
    expect(fake.commands.filter((command) => command.startsWith('UID STORE') && / 2 |1:3/.test(command))).toEqual([])
  })

  test('with fewer UIDs than there are messages', async () => {
    const contents = [newMail(), newMail(), newMail()]
    const { port } = await serve({ isKeptBack: ({ uid }) => uid === 2 }, contents)
    await office.add({ port })
    await office.start()
    await expectAll(contents)
  })

  test('with NIL for a message', async () => {
    const { port } = await serve(
      { body: ({ uid, content }, { start, length }) => (uid === 2 ? null : content.subarray(start, start + length)) },
      [newMail(), newMail(), newMail()],
    )
    const id = await office.add({ port })
    await office.start()
    await office.waitFor(2)
    await office.waitForMailbox(id, ({ setAside, waiting }) => setAside === 1 && waiting === 0)
  })

  test('with noise in place of a greeting: it is told in words', async () => {
    const { port } = await serve({ greeting: 'HTTP/1.1 400 Bad Request\r\n\0\u00ff' }, [])
    const id = await office.add({ port })
    await office.start()
    const health = await office.waitForMailbox(id, ({ lastError }) => lastError !== null)
    expect(health.state).toBe('failing')
  })

  test('without a UIDVALIDITY: nothing is taken, and a person is told', async () => {
    const { port } = await serve({ selected: ['* 1 EXISTS'] }, [newMail()])
    const id = await office.add({ port })
    await office.start()
    const health = await office.waitForMailbox(id, ({ lastError }) => lastError !== null)
    expect(health.lastError).toContain('UIDVALIDITY')
    expect(await office.admitted()).toEqual([])
  })

  test('with fewer messages than it said', async () => {
    const { port } = await serve({ selected: ['* 4000000000 EXISTS', '* OK [UIDVALIDITY 7] x', '* OK [UIDNEXT 4294967295] x'] }, [
      newMail(),
    ])
    await office.add({ port })
    await office.start()
    await office.waitFor(1)
    server?.add(newMail())
    await office.waitFor(2)
  })
})

describe('a message that breaks the connection', () => {
  const whole: Lies['body'] = ({ content }, { start, length }) => content.subarray(start, start + length)
  test.each([
    ['whose literal never ends', 'silence'],
    ['whose literal is larger than any mail', 'huge'],
  ] as const)('%s is set aside; what lies before and behind it comes, and nothing twice', async (_, kind) => {
    const contents = Array.from({ length: 12 }, () => newMail())
    const { port } = await serve(
      { body: (message, asked) => (message.uid === 5 ? kind : whole(message, asked)) ?? Buffer.alloc(0) },
      contents,
    )
    const id = await office.add({ port })
    await office.start({ timing: { recheckMs: 300, answerTimeoutMs: 300 } })
    await office.waitFor(11, 20_000)
    await office.waitForMailbox(id, ({ setAside, waiting }) => setAside === 1 && waiting === 0)
    server?.add(newMail())
    await office.waitFor(12)
    await sleep(300)
    expect(await office.admitted()).toHaveLength(12)
  })
})

describe('a server that refuses', () => {
  test('the password: in words, and it is not asked again and again', async () => {
    const fake = await serve(
      { refusal: (command) => (command === 'AUTHENTICATE' ? 'NO [AUTHENTICATIONFAILED] Invalid credentials' : null) },
      [],
    )
    const id = await office.add({ port: fake.port }, { kind: 'password', password: 'do-not-tell' })
    const { retryRefusedFirstMs, retryRefusedLongestMs } = imapTimingDefault
    await office.start({ timing: { retryRefusedFirstMs, retryRefusedLongestMs } })
    const health = await office.waitForMailbox(id, ({ state }) => state === 'failing')
    expect(health.lastError).toContain('refused the user "crm": Invalid credentials')
    expect(health.lastError).not.toContain('do-not-tell')
    await sleep(1_500)
    expect(fake.connections()).toBe(1)
  })

  test('to move a message, since the folder is full: the mail is in, the trouble is told, and it is moved later', async () => {
    const fake = await serve({ refusal: (command) => (command === 'UID MOVE' ? 'NO [OVERQUOTA] Mailbox is full' : null) }, [newMail()])
    const id = await office.add({ port: fake.port, afterwards: { kind: 'move', folder: 'Done' } })
    const program = await office.start()
    await office.waitFor(1)
    const health = await office.waitForMailbox(id, ({ lastError }) => lastError !== null)
    expect(health.lastError).toContain('Mailbox is full')
    expect(health.state).toBe('connected')
    fake.lies.refusal = () => null
    await program.close()
    fake.commands.length = 0
    await office.start()
    for (let tries = 0; !fake.commands.includes('UID MOVE 1 Done') && tries < 100; tries++) await sleep(20)
    expect(fake.commands).toContain('UID MOVE 1 Done')
    expect(await office.admitted()).toHaveLength(1)
  })

  test('to search: nothing is taken for gone', async () => {
    const fake = await serve({ refusal: (command) => (command === 'UID SEARCH' ? 'NO [SERVERBUG] try later' : null) }, [newMail()])
    const id = await office.add({ port: fake.port })
    await office.start()
    await office.waitForMailbox(id, ({ lastError }) => lastError?.includes('refused a search') === true)
    fake.lies.refusal = () => null
    await office.waitFor(1)
  })
})

describe('TLS', () => {
  test('with a certificate that does not fit is refused in words, and with one that does it works', async () => {
    const certificate = await generate([{ name: 'commonName', value: 'other.example' }], { keySize: 2048 })
    server = await startFakeImap({}, { key: certificate.private, cert: certificate.cert })
    server.add(newMail())
    const id = await office.add({ port: server.port, tls: 'on' })
    const program = await office.start()
    const health = await office.waitForMailbox(id, ({ lastError }) => lastError !== null)
    expect(health.lastError).toContain('certificate')
    expect(server.commands).toEqual([])
    await program.close()

    const fitting = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    })
    await server.close()
    server = await startFakeImap({}, { key: fitting.private, cert: fitting.cert })
    server.add(newMail())
    await office.add({ port: server.port, tls: 'on' })
    await office.start({ extraAuthorities: [fitting.cert] })
    await office.waitFor(1)
  })

  test('that is asked for and not offered sends no password', async () => {
    const fake = await serve({}, [newMail()])
    const id = await office.add({ port: fake.port, tls: 'starttls' })
    await office.start()
    const health = await office.waitForMailbox(id, ({ lastError }) => lastError !== null)
    expect(health.lastError).toContain('STARTTLS')
    expect(fake.commands.filter((command) => /AUTH|LOGIN/.test(command))).toEqual([])
  })
})

describe('OAuth2', () => {
  test('an access token is fetched, fetched anew where the server refuses it, and a new refresh token is kept', async () => {
    const asked: string[] = []
    const tokens = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        asked.push(body)
        const answer = { access_token: `token-${asked.length}`, expires_in: 3600, refresh_token: `refresh-${asked.length}` }
        response.setHeader('content-type', 'application/json').end(JSON.stringify(answer))
      })
    }).listen(0, '127.0.0.1')
    await once(tokens, 'listening')
    const address = tokens.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    let good = 'token-1'
    const fake = await serve({ token: (token) => token === good }, [newMail()])
    const grant = {
      kind: 'oauth2',
      tokenUrl: `http://127.0.0.1:${port}/token`,
      clientId: 'me',
      clientSecret: 's',
      refreshToken: 'refresh-0',
      scope: null,
    } as const
    await office.add({ port: fake.port }, grant)
    const program = await office.start()
    await office.waitFor(1)
    expect(new URLSearchParams(asked[0]).get('refresh_token')).toBe('refresh-0')
    await program.close()

    // Revoked before its time.
    good = 'token-3'
    fake.add(newMail())
    await office.start()
    await office.waitFor(2)
    expect(asked.map((body) => new URLSearchParams(body).get('refresh_token'))).toEqual(['refresh-0', 'refresh-1', 'refresh-2'])
    tokens.close()
  })

  test('a grant that is refused is told in words', async () => {
    const tokens = createServer((_, response) => {
      response.statusCode = 400
      response.end('{"error": "invalid_grant", "error_description": "Token has been revoked"}')
    }).listen(0, '127.0.0.1')
    await once(tokens, 'listening')
    const address = tokens.address()
    const fake = await serve({}, [])
    const tokenUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/token`
    const id = await office.add(
      { port: fake.port },
      { kind: 'oauth2', tokenUrl, clientId: 'me', clientSecret: null, refreshToken: 'secret-refresh', scope: null },
    )
    await office.start()
    const health = await office.waitForMailbox(id, ({ lastError }) => lastError !== null)
    expect(health.lastError).toContain('invalid_grant: Token has been revoked')
    expect(health.lastError).not.toContain('secret-refresh')
    expect(fake.connections()).toBe(0)
    tokens.close()
  })
})

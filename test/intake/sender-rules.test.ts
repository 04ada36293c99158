import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PermanentFailure, TemporaryFailure } from '../../src/failure.ts'
import { newId } from '../../src/id.ts'
import type { TenantId } from '../../src/crm/ids.ts'
import { openSenderDirectory, type SenderDirectory } from '../../src/intake/sender-directory.ts'
import { judgeProof, judgeSender, type Submitter } from '../../src/intake/sender-rules.ts'
import { domainName, type DomainName } from '../../src/mail/address.ts'
import { headerBlockOf, readHeaderLines } from '../../src/mail/header.ts'
import { openDatabase } from '../../src/store/database.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { directoryOf, other, silent, xyz, type World } from './support/listening.ts'

const world: World = {
  domains: {
    'xyz.example': { tenantId: xyz },
    'xyz-two.example': { tenantId: xyz },
    'other.example': { tenantId: other },
    'strict.example': { tenantId: other, policy: { unauthenticatedSender: 'refuse' } },
    'xn--mnchen-3ya.example': { tenantId: xyz },
  },
  threads: { '<on-file@xyz.example>': [xyz], '<in-both@xyz.example>': [xyz, other], '<of-other@other.example>': [other] },
}

const stranger: Submitter = { fromTrustedNetwork: false, signedInTenant: null }
const report: Submitter = { ...stranger, reversePath: '' }
const trusted: Submitter = { fromTrustedNetwork: true, signedInTenant: null }
const signedIn: Submitter = { fromTrustedNetwork: false, signedInTenant: xyz }

async function verdict(header: string, submitter: Submitter = stranger, directory: SenderDirectory = directoryOf(world)): Promise<string> {
  const { lines } = readHeaderLines(headerBlockOf(Buffer.from(`${header}\n\n`)).block)
  try {
    const judgement = await judgeSender(lines, submitter, directory)
    return typeof judgement === 'string' ? judgement : `${judgement.unlessOnFile.code} unless on file`
  } catch (error) {
    if (error instanceof PermanentFailure) return error.code
    throw error
  }
}

describe('the SMTP session', () => {
  it.each([
    ['From: anna@xyz.example', stranger, 'accepted'],
    ['From: Anna <ANNA@XYZ.Example.>', stranger, 'accepted'],
    ['From: anna@münchen.example', stranger, 'accepted'],
    ['From: anna@XN--MNCHEN-3YA.example', stranger, 'accepted'],
    ['From: anna@sub.xyz.example', stranger, 'senderDomainUnknown'],
    ['From: anna@xyz.example.evil.example', stranger, 'senderDomainUnknown'],
    ['From: anna@𝐱𝐲𝐳.example', stranger, 'senderDomainUnknown'],
    ['From: "anna@xyz.example" <m@evil.example>', stranger, 'senderDomainUnknown'],
    ['Subject: no author', stranger, 'senderDomainUnknown'],
    ['From: friends:;', stranger, 'senderDomainUnknown'],
    // Trust in a network is no reason to keep what no tenant owns.
    ['From: m@nobody.example', trusted, 'senderDomainUnknown'],
    ['From: m@nobody.example', signedIn, 'senderDomainUnknown'],
    // A person judges these.
    ['From: anna@xyz.example, bert@xyz-two.example', stranger, 'accepted'],
    ['From: anna@xyz.example, eva@acme.example', stranger, 'accepted'],
    ['From: anna@xyz.example\nSender: olga@other.example', stranger, 'accepted'],
    ['From: anna@xyz.example\nFrom: eva@acme.example', stranger, 'accepted'],
    // Nobody can say whose these are.
    ['From: anna@xyz.example, olga@other.example', stranger, 'severalTenants'],
    ['From: anna@xyz.example\nFrom: olga@other.example', stranger, 'severalTenants'],
    ['From: anna@xyz.example, olga@other.example', signedIn, 'severalTenants'],
    // Policy.
    ['From: x@strict.example', stranger, 'mustProve'],
    ['From: x@strict.example', trusted, 'accepted'],
    ['From: x@strict.example', { fromTrustedNetwork: false, signedInTenant: other }, 'accepted'],
    // Signed in: for the own tenant alone, even from a trusted network.
    ['From: anna@xyz.example', signedIn, 'accepted'],
    ['From: olga@other.example', signedIn, 'senderOfOtherTenant'],
    ['From: olga@other.example', { fromTrustedNetwork: true, signedInTenant: xyz }, 'senderOfOtherTenant'],
    // From outside: what answers a mail on file.
    ['From: eva@acme.example\nIn-Reply-To: <on-file@xyz.example>', stranger, 'accepted'],
    ['From: eva@acme.example\nReferences: <a@b> <on-file@xyz.example>\n <c@d>', stranger, 'accepted'],
    ['From: eva@acme.example\nIn-Reply-To: <unknown@xyz.example>', stranger, 'senderDomainUnknown'],
    ['From: eva@acme.example\nIn-Reply-To: <in-both@xyz.example>', stranger, 'severalTenants'],
    ['From: eva@acme.example\nReferences: <on-file@xyz.example> <of-other@other.example>', stranger, 'severalTenants'],
    ['From: eva@acme.example\nIn-Reply-To: <on-file@xyz.example>', signedIn, 'accepted'],
    // A report of a mail system outside does not say in its header what it is about.
    [
      'From: MAILER-DAEMON@mx.acme.example\nContent-Type: multipart/report; report-type=delivery-status',
      report,
      'senderDomainUnknown unless on file',
    ],
    ['From: MAILER-DAEMON@mx.acme.example\nContent-Type: multipart/report; report-type=delivery-status', stranger, 'senderDomainUnknown'],
    ['From: eva@acme.example\nSubject: Hello', report, 'senderDomainUnknown'],
    ['From: eva@acme.example\nIn-Reply-To: <of-other@other.example>', signedIn, 'senderOfOtherTenant'],
  ] as const)('answers %j', async (header, submitter, expected) => {
    expect(await verdict(header, submitter)).toBe(expected)
  })

  it('refuses whom nothing vouches for, in words, and nobody of whom DNS did not say', () => {
    expect(() => judgeProof({ kind: 'refused', reasons: ['The mail carries no signature.'] })).toThrow(
      /Please send it through.*no signature/,
    )
    for (const kind of ['believed', 'unknown'] as const) judgeProof({ kind })
  })

  it('tells a refused sender his domain and what to ask for', async () => {
    const { lines } = readHeaderLines(headerBlockOf(Buffer.from('From: m@nobody.example\n\n')).block)
    await expect(judgeSender(lines, stranger, directoryOf(world))).rejects.toThrow(/nobody\.example.*ask the admin/)
  })

  it('lets everybody in while the database is away', async () => {
    const away = async (): Promise<never> => {
      throw new TemporaryFailure('databaseUnavailable', 'away')
    }
    const directory: SenderDirectory = { tenantsByDomain: away, tenantsByThread: away, userForSignIn: away }
    for (const header of ['From: m@nobody.example', 'From: anna@xyz.example, olga@other.example', 'Subject: x']) {
      expect(await verdict(header, signedIn, directory)).toBe('accepted')
    }
    // Also where it goes away in the middle of the question.
    expect(await verdict('From: eva@acme.example\nIn-Reply-To: <a@b>', stranger, { ...directoryOf(world), tenantsByThread: away })).toBe(
      'accepted',
    )
  })
})

describe('a database that takes connections and never answers', () => {
  it('counts as away after a while, and mail is let in', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => void sockets.push(socket))
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
    )
    const database = openDatabase({ url: `postgres://x:x@127.0.0.1:${port}/x`, log: silent })
    const directory = openSenderDirectory({ database, answerTimeoutMs: 500 })
    expect(await verdict('From: m@nobody.example', stranger, directory)).toBe('accepted')
    expect(sockets.length).toBeGreaterThan(0)
    for (const socket of sockets) socket.destroy()
    await database.close()
    server.close()
  })
})

describe('the directory on the database', () => {
  let test: TestDatabase
  const tenant = newId<TenantId>()
  beforeAll(async () => {
    test = await openTestDatabase()
    await test.owner(`INSERT INTO tenant (id, slug, name) VALUES ($1, 'acme', 'Acme')`, [tenant])
  })
  afterAll(async () => {
    await test.close()
  })
  const name = (written: string): DomainName => domainName(written) as DomainName

  async function register(domain: string): Promise<void> {
    await test.owner(`INSERT INTO host_name (name, tenant_id, vouched_for) VALUES ($1, $2, true)`, [domain, tenant])
  }

  it('finds who has just been registered, and never refuses by what it remembers', async () => {
    const directory = openSenderDirectory({ database: test.database, rememberedMs: 60_000 })
    expect(await verdict('From: x@fresh.example', stranger, directory)).toBe('senderDomainUnknown')
    await register('fresh.example')
    expect(await verdict('From: x@fresh.example', stranger, directory)).toBe('accepted')
    await test.owner(`UPDATE tenant SET unauthenticated_sender = 'refuse'`)
    // Remembered for a while …
    expect(await verdict('From: x@fresh.example', stranger, directory)).toBe('accepted')
    const strict = openSenderDirectory({ database: test.database, rememberedMs: 60_000 })
    expect(await verdict('From: x@fresh.example', stranger, strict)).toBe('mustProve')
    await test.owner(`UPDATE tenant SET unauthenticated_sender = 'confirm'`)
    // … but a refusal asks anew.
    expect(await verdict('From: x@fresh.example', stranger, strict)).toBe('accepted')
  })

  it('remembers what is registered without asking, and forgets it after its time', async () => {
    await register('cached.example')
    const directory = openSenderDirectory({ database: test.database, rememberedMs: 60_000 })
    const forgetful = openSenderDirectory({ database: test.database, rememberedMs: 0 })
    for (const one of [directory, forgetful]) expect((await one.tenantsByDomain([name('cached.example')], false)).size).toBe(1)
    await test.owner(`DELETE FROM host_name WHERE name = 'cached.example'`)
    expect((await directory.tenantsByDomain([name('cached.example')], false)).get(name('cached.example'))?.tenantId).toBe(tenant)
    expect((await directory.tenantsByDomain([name('cached.example')], true)).size).toBe(0)
    expect((await forgetful.tenantsByDomain([name('cached.example')], false)).size).toBe(0)
  })
})

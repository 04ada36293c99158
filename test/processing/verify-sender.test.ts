import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addressKey, domainName, type DomainName } from '../../src/mail/address.ts'
import type { Envelope } from '../../src/mail/message.ts'
import { openDnsResolver, type DnsResolver } from '../../src/processing/dns-resolver.ts'
import { lookUpsMax, verifySender, type VerifiedSender } from '../../src/processing/verify-sender.ts'
import { signedPartsOf } from '../../src/processing/signed-parts.ts'
import { openDnsZone, type DnsZone, type Zone } from '../../src/verbs/dns-zone.ts'
import { envelopeOf, headerOf, newKey, signed } from '../support/signed-mail.ts'

const key = newKey()
const shortKey = newKey(512)
const attackersKey = newKey()
const own = '192.0.2.10'

const zone: Zone = {
  'tenant.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  '_dmarc.tenant.example': { TXT: ['v=DMARC1; p=reject; sp=none'] },
  's1._domainkey.tenant.example': { TXT: [key.record] },
  'short._domainkey.tenant.example': { TXT: [shortKey.record] },
  'revoked._domainkey.tenant.example': { TXT: ['v=DKIM1; p='] },
  'silent._domainkey.tenant.example': { TXT: 'TIMEOUT' },
  'mail.tenant.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  's1._domainkey.mail.tenant.example': { TXT: [key.record] },
  'strict.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  '_dmarc.strict.example': { TXT: ['v=DMARC1; p=quarantine; adkim=s; aspf=s'] },
  'mail.strict.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  's1._domainkey.mail.strict.example': { TXT: [key.record] },
  'plain.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  'mail.plain.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  's1._domainkey.plain.example': { TXT: [key.record] },
  'broken.example': { TXT: 'SERVFAIL', MX: [[10, 'mx.broken.example']] },
  '_dmarc.broken.example': { TXT: 'SERVFAIL' },
  'greedy.example': { TXT: [`v=spf1 ${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `mx:m${n}.greedy.example`).join(' ')} -all`] },
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => [`m${n}.greedy.example`, { MX: manyHosts(n) }])),
  // A provider whose customers have sub-domains, and who published a record for himself without psd=y.
  '_dmarc.github.io': { TXT: ['v=DMARC1; p=none'] },
  'attacker.github.io': { TXT: ['v=spf1 +all'] },
  's1._domainkey.attacker.github.io': { TXT: [attackersKey.record] },
  'attacker.example': { TXT: ['v=spf1 +all'] },
  '_dmarc.attacker.example': { TXT: ['v=DMARC1; p=none'] },
  's1._domainkey.attacker.example': { TXT: [attackersKey.record] },
  'tenant.example.attacker.example': { TXT: ['v=spf1 +all'] },
  's1._domainkey.tenant.example.attacker.example': { TXT: [attackersKey.record] },
}

function manyHosts(n: number): (readonly [number, string])[] {
  return Array.from({ length: 10 }, (_, host) => [10, `h${host}.m${n}.greedy.example`] as const)
}

let served: DnsZone
let resolver: DnsResolver
beforeAll(async () => {
  served = await openDnsZone(zone)
})
beforeEach(() => {
  served.serve(zone)
  ;(served.asked as unknown[]).length = 0
  resolver?.close()
  resolver = openDnsResolver({ servers: [served.server], timeoutMs: 150, triesMax: 1 })
})
afterAll(async () => {
  resolver.close()
  await served.close()
})

const message = (from = 'Jo <jo@tenant.example>', more = ''): string =>
  `From: ${from}\r\nTo: Eva <eva@client.example>\r\nSubject: XYZ Lead 11111\r\nDate: Sun, 22 Nov 2026 06:00:00 +0000\r\nMessage-ID: <1@tenant.example>\r\n${more}\r\nHello Eva,\r\n\r\nhere it is.\r\n`

interface Circumstances {
  readonly envelope?: Partial<Envelope>
  readonly trust?: readonly string[]
  readonly sealers?: readonly string[]
  readonly timeoutMs?: number
  readonly receivedAt?: Date
}

async function verify(
  mail: string,
  { envelope = {}, trust = [], sealers = [], timeoutMs = 3_000, receivedAt }: Circumstances = {},
): Promise<VerifiedSender> {
  const raw = Buffer.from(mail, 'latin1')
  const header = headerOf(raw)
  return verifySender({
    parts: signedPartsOf(raw, header.headerLines),
    envelope: envelopeOf(envelope),
    header,
    resolver,
    trustedAuthservIds: trust,
    trustedSealers: sealers as DomainName[],
    timeoutMs,
    ...(receivedAt === undefined ? {} : { receivedAt }),
  })
}

const bySpf = { envelope: { clientAddress: own } }
const codesOf = ({ findings }: VerifiedSender): string[] => findings.map(({ code }) => code)

describe('a mail is aligned', () => {
  test('by SPF of the very domain, and then all of it is vouched for', async () => {
    const { standing, results, uncovered, reasons } = await verify(message(), bySpf)
    expect([standing, uncovered]).toEqual(['aligned', []])
    expect(results).toEqual({
      spf: { result: 'pass', domain: 'tenant.example' },
      dkim: [],
      dmarc: { result: 'pass', domain: 'tenant.example', policy: 'reject' },
    })
    expect(reasons).toEqual(['The sending server may send mail for tenant.example (SPF).'])
  })

  test('by DKIM alone, and then the envelope and the unsigned fields are not vouched for', async () => {
    const mail = await signed(message(undefined, 'In-Reply-To: <0@client.example>\r\n'), {
      domain: 'tenant.example',
      key,
      fields: 'From:Subject:Date:Message-ID',
    })
    const { standing, results, uncovered } = await verify(mail)
    expect(standing).toBe('aligned')
    expect(results.dkim).toEqual([{ result: 'pass', domain: 'tenant.example', selector: 's1' }])
    expect(results.spf.result).toBe('fail')
    expect(uncovered).toEqual(['envelope', 'to', 'in-reply-to'])
  })

  test.each<[string, () => Promise<string> | string, Circumstances]>([
    ['by SPF of a sub-domain, relaxed', () => message(), { envelope: { clientAddress: own, reversePath: 'bounce+1@mail.tenant.example' } }],
    ['by DKIM of a sub-domain, relaxed', async () => signed(message(), { domain: 'mail.tenant.example', key }), {}],
    [
      'by SPF of HELO where the reverse path is null',
      () => message(),
      { envelope: { clientAddress: own, reversePath: '', heloName: 'tenant.example' } },
    ],
    [
      'by SPF where nothing is published about DMARC',
      () => message('jo@plain.example'),
      { envelope: { clientAddress: own, reversePath: 'jo@plain.example' } },
    ],
    ['by DKIM in simple form', async () => signed(message(), { domain: 'tenant.example', key, canonicalization: 'simple/simple' }), {}],
    [
      'by DKIM where it came with lone line feeds',
      async () => (await signed(message(), { domain: 'tenant.example', key })).replaceAll('\r\n', '\n'),
      {},
    ],
    [
      'by one good signature among strangers',
      async () => signed(await signed(message(), { domain: 'tenant.example', key }), { domain: 'attacker.example', key: attackersKey }),
      {},
    ],
    [
      'though the reverse path is a stranger',
      async () => signed(message(), { domain: 'tenant.example', key }),
      { envelope: { reversePath: 'list@list.example' } },
    ],
    [
      'without an envelope, by DKIM',
      async () => signed(message(), { domain: 'tenant.example', key }),
      { envelope: { reversePath: null, clientAddress: null } },
    ],
    ['with a domain written in upper case', async () => signed(message('JO@Tenant.EXAMPLE'), { domain: 'tenant.example', key }), {}],
  ])('%s', async (_, mail, circumstances) => {
    expect((await verify(await mail(), circumstances)).standing).toBe('aligned')
  })
})

describe('a mail is not aligned', () => {
  const sign = async (options: Partial<Parameters<typeof signed>[1]> = {}, mail = message()): Promise<string> =>
    signed(mail, { domain: 'tenant.example', key, ...options })

  test.each<[string, () => Promise<string> | string, Circumstances, string, string]>([
    ['from a foreign server, unsigned', () => message(), {}, 'rejectedByPolicy', 'policyReject'],
    ['of a sub-domain that sp= is milder about', () => message('jo@x.tenant.example'), {}, 'unaligned', 'dkimMissing'],
    ['that asks for distrust', () => message('jo@strict.example'), {}, 'unaligned', 'policyQuarantine'],
    [
      'by SPF of a sub-domain, strict',
      () => message('jo@strict.example'),
      { envelope: { clientAddress: own, reversePath: 'jo@mail.strict.example' } },
      'unaligned',
      'spfUnaligned',
    ],
    [
      'by DKIM of a sub-domain, strict',
      async () => sign({ domain: 'mail.strict.example' }, message('jo@strict.example')),
      {},
      'unaligned',
      'dkimUnaligned',
    ],
    [
      'by SPF of a sub-domain, nothing published',
      () => message('jo@plain.example'),
      { envelope: { clientAddress: own, reversePath: 'jo@mail.plain.example' } },
      'unaligned',
      'spfUnaligned',
    ],
    ['by a signature over part of the body', async () => sign({ lengthMax: 10 }), {}, 'rejectedByPolicy', 'dkimNotValid'],
    ['by a signature over all the body, but with l=', async () => sign({ lengthMax: 10_000 }), {}, 'rejectedByPolicy', 'dkimNotValid'],
    ['by a signature without the subject', async () => sign({ fields: 'From:To:Date' }), {}, 'rejectedByPolicy', 'dkimNotValid'],
    [
      'by a signature that has expired',
      async () => sign({ signedAt: new Date(Date.now() - 7_200_000), expires: new Date(Date.now() - 3_600_000) }),
      {},
      'rejectedByPolicy',
      'dkimNotValid',
    ],
    ['by a signature with a short key', async () => sign({ selector: 'short', key: shortKey }), {}, 'rejectedByPolicy', 'dkimNotValid'],
    ['by a signature by SHA-1', async () => sign({ algorithm: 'rsa-sha1' }), {}, 'rejectedByPolicy', 'dkimNotValid'],
    ['by a signature whose key was revoked', async () => sign({ selector: 'revoked' }), {}, 'rejectedByPolicy', 'dkimNotValid'],
    ['by a signature whose key is not there', async () => sign({ selector: 'gone' }), {}, 'rejectedByPolicy', 'dkimNotValid'],
    ['by a signature with another key', async () => sign({ key: attackersKey }), {}, 'rejectedByPolicy', 'dkimNotValid'],
    [
      'by a signature of its sender',
      async () => sign({ domain: 'attacker.example', key: attackersKey }),
      {},
      'rejectedByPolicy',
      'dkimUnaligned',
    ],
    ['with a second subject on top', async () => `Subject: XYZ Lead 22222\r\n${await sign()}`, {}, 'rejectedByPolicy', 'dkimNotValid'],
    [
      'with a second References on top',
      async () => `References: <9@x.example>\r\n${await sign({}, message(undefined, 'References: <1@x.example>\r\n'))}`,
      {},
      'rejectedByPolicy',
      'dkimNotValid',
    ],
    ['with two From fields', async () => `From: jo@tenant.example\r\n${await sign()}`, bySpf, 'unaligned', 'noSingleAuthor'],
    ['with two authors of the same domain', () => message('jo@tenant.example, al@tenant.example'), bySpf, 'unaligned', 'noSingleAuthor'],
    ['without an author', () => 'Subject: x\r\n\r\n', bySpf, 'unaligned', 'noSingleAuthor'],
    ['with a group as author', () => message('team: jo@tenant.example;'), bySpf, 'unaligned', 'noSingleAuthor'],
    [
      'of a neighbour at a provider',
      async () => signed(message('jo@victim.github.io'), { domain: 'attacker.github.io', key: attackersKey }),
      { envelope: { reversePath: 'x@attacker.github.io' } },
      'unaligned',
      'dkimUnaligned',
    ],
  ])('%s', async (_, mail, circumstances, expected, code) => {
    const verified = await verify(await mail(), circumstances)
    expect(verified.standing).toBe(expected)
    expect(codesOf(verified)).toContain(code)
    expect(verified.temporary).toBe(false)
    expect(verified.uncovered).toEqual([])
  })

  test('by an expired signature alone if it had expired when it came', async () => {
    const mail = await sign({ signedAt: new Date(Date.now() - 7_200_000), expires: new Date(Date.now() - 3_600_000) })
    expect((await verify(mail, { receivedAt: new Date(Date.now() - 5_400_000) })).standing).toBe('aligned')
  })
})

describe('what DNS does not say', () => {
  test.each<[string, () => Promise<string>, Circumstances]>([
    ['the key', async () => signed(message(), { domain: 'tenant.example', key, selector: 'silent' }), {}],
    ['SPF', async () => message('jo@broken.example'), { envelope: { clientAddress: own, reversePath: 'jo@broken.example' } }],
    ['anything in time', async () => signed(message(), { domain: 'tenant.example', key, selector: 'silent' }), { timeoutMs: 20 }],
  ])('leaves a mail undetermined and worth another try: %s', async (_, mail, circumstances) => {
    const { standing, temporary, results, reasons } = await verify(await mail(), circumstances)
    expect([standing, temporary, results.dmarc.result]).toEqual(['undetermined', true, 'temperror'])
    expect(reasons.join()).toContain('could not be found out')
  })

  test('does not matter where something else vouches', async () => {
    const mail = await signed(message(), { domain: 'tenant.example', key, selector: 'silent' })
    expect((await verify(mail, bySpf)).standing).toBe('aligned')
    served.serve({ ...zone, '_dmarc.tenant.example': { TXT: 'SERVFAIL' } })
    expect((await verify(message(), bySpf)).standing).toBe('aligned')
  })

  test('because the sender made it ask too much is the sender’s fault', async () => {
    const { standing, temporary, results } = await verify(message('jo@greedy.example'), { envelope: { reversePath: 'jo@greedy.example' } })
    expect([standing, temporary, results.spf.result]).toEqual(['unaligned', false, 'permerror'])
    expect(served.asked.length).toBeLessThanOrEqual(lookUpsMax)
  })

  test('is waited for no longer than told', async () => {
    served.serve(Object.fromEntries(Object.keys(zone).map((name) => [name, { every: 'TIMEOUT' as const }])))
    const started = performance.now()
    const { standing } = await verify(message(), { ...bySpf, timeoutMs: 40 })
    expect(standing).toBe('undetermined')
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('look-ups', () => {
  const asked = (): string[] => served.asked.map(({ question }) => question).toSorted()

  test('of an unsigned mail are those of DMARC and of an SPF that may vouch', async () => {
    await verify(message('jo@unknown.example'), { envelope: { reversePath: 'jo@unknown.example' } })
    expect(asked()).toEqual(['_dmarc.example TXT', '_dmarc.unknown.example TXT', 'unknown.example TXT'])
  })

  test('are not made for signers and envelope senders that cannot vouch', async () => {
    const mail = await signed(message('jo@unknown.example'), { domain: 'attacker.example', key: attackersKey })
    await verify(mail, { envelope: { reversePath: 'x@attacker.example' } })
    expect(asked()).toEqual(['_dmarc.example TXT', '_dmarc.unknown.example TXT'])
  })

  test('are not made twice', async () => {
    const mail = await signed(message(), { domain: 'tenant.example', key })
    await verify(mail, bySpf)
    const before = asked().length
    await Promise.all(Array.from({ length: 10 }, async () => verify(mail, bySpf)))
    expect(asked()).toHaveLength(before)
  })

  test('are not made at all where a trusted server has said it, or where nobody could vouch', async () => {
    await verify(`Authentication-Results: mx.example; dmarc=pass header.from=tenant.example\r\n${message()}`, { trust: ['mx.example'] })
    await verify(message('jo@tenant.example, al@tenant.example'), bySpf)
    expect(asked()).toEqual([])
  })
})

describe('the word of a server in front of us', () => {
  const trust = { trust: ['mx.example'] }
  const said = (results: string, mail = message()): string => `Authentication-Results: mx.example; ${results}\r\n${mail}`

  test('is believed over what we would find', async () => {
    const { standing, results, uncovered } = await verify(
      said('spf=pass smtp.mailfrom=jo@tenant.example; dmarc=pass header.from=tenant.example'),
      trust,
    )
    expect([standing, uncovered, results.authservId]).toEqual(['aligned', [], 'mx.example'])
  })

  test.each<[string, string, string]>([
    ['DMARC fail', said('dmarc=fail header.from=tenant.example'), 'rejectedByPolicy'],
    ['DMARC temperror', said('dmarc=temperror header.from=tenant.example'), 'undetermined'],
    ['DKIM pass of the domain, without DMARC', said('dkim=pass header.d=tenant.example'), 'aligned'],
    ['DKIM pass of a sub-domain, without DMARC', said('dkim=pass header.d=mail.tenant.example'), 'aligned'],
    ['DKIM pass of a stranger', said('dkim=pass header.d=attacker.example'), 'rejectedByPolicy'],
    ['DMARC pass of another author', said('dmarc=pass header.from=attacker.example'), 'rejectedByPolicy'],
    ['DMARC pass beside a second subject', `Subject: XYZ Lead 22222\r\n${said('dmarc=pass header.from=tenant.example')}`, 'unaligned'],
    [
      'DMARC pass below its own fail',
      said('dmarc=fail header.from=tenant.example', said('dmarc=pass header.from=tenant.example')),
      'rejectedByPolicy',
    ],
    [
      'DMARC pass below a foreign hop',
      `Received: from x.example by mx.attacker.example with SMTP\r\n${said('dmarc=pass header.from=tenant.example')}`,
      'rejectedByPolicy',
    ],
    ['nothing', message(), 'rejectedByPolicy'],
  ])('gives: %s', async (_, mail, expected) => {
    expect((await verify(mail, trust)).standing).toBe(expected)
  })

  test('is nothing where no server is named', async () => {
    expect((await verify(said('dmarc=pass header.from=tenant.example'))).standing).toBe('rejectedByPolicy')
  })

  test('that was put in below a hop is told to the reader', async () => {
    const mail = `Received: from x.example by mx.attacker.example with SMTP\r\n${said('dmarc=pass header.from=tenant.example')}`
    expect((await verify(mail, trust)).reasons.at(-1)).toContain('mx.attacker.example')
  })
})

test('a header that is made to cost costs no more than another', async () => {
  const from = 'From: jo@tenant.example\r\nSubject: x\r\n'
  const signature = (h: string, more = ''): string =>
    `DKIM-Signature: v=1; a=rsa-sha256; d=tenant.example; s=s1; h=${h}; bh=x; b=y${more}\r\n`
  const hostile = [
    signature('from:subject').repeat(1_500),
    signature('from:subject:'.repeat(15_000)),
    signature(`from:subject${' '.repeat(100_000)}x`),
    signature('from:subject', '\r\n a'.repeat(20_000)),
    `ARC-Seal: i=1; a=rsa-sha256; cv=none; d=x; s=y; b=z\r\n`.repeat(4_000),
    `X: ${'\r\n a'.repeat(40_000)}\r\n${signature('from:subject')}`,
    `${'('.repeat(100_000)}\r\n${signature('from:subject')}`,
    `Content-Type: multipart/mixed; ${'a="b"; '.repeat(20_000)}\r\n${signature('from:subject')}`,
    Array.from({ length: 50 }, (_, n) => signature('from:subject', `; l=${n}`)).join(''),
  ]
  for (const header of hostile) {
    const started = performance.now()
    await verify(`${header}${from}\r\n${'\t \r\n'.repeat(200_000)}`, { sealers: ['tenant.example'] })
    expect(performance.now() - started).toBeLessThan(1_500)
  }
})

test('domains are compared in their one canonical form', () => {
  expect([domainName('Tenant.Example.'), addressKey('Jo@TENANT.example')]).toEqual(['tenant.example', 'jo@tenant.example'])
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { domainOf, type DomainName } from '../../src/mail/address.ts'
import { checkSpf } from '../../src/processing/check-spf.ts'
import { openDnsResolver, type DnsResolver } from '../../src/processing/dns-resolver.ts'
import { verifySender, type VerifiedSender } from '../../src/processing/verify-sender.ts'
import { signedPartsOf } from '../../src/processing/signed-parts.ts'
import { corpusPath } from '../support/corpus.ts'
import { dkimKeys } from '../support/dkim-keys.ts'
import { openDnsZone, type DnsZone, type Zone, type ZoneName } from '../../src/verbs/dns-zone.ts'
import { envelopeOf, headerOf } from '../support/signed-mail.ts'

const mailauth = corpusPath('postalsys__mailauth/test')
const corpus = corpusPath('.')

let served: DnsZone
let resolver: DnsResolver
beforeAll(async () => {
  served = await openDnsZone()
})
afterAll(async () => {
  resolver.close()
  await served.close()
})

/** A resolver that remembers nothing of the zone before. */
function serve(zone: Zone): void {
  served.serve(zone)
  resolver = openDnsResolver({ servers: [served.server], timeoutMs: 60, triesMax: 1 })
}

async function verify(raw: Buffer, more: { sealers?: string[]; receivedAt?: Date } = {}): Promise<VerifiedSender> {
  const header = headerOf(raw)
  return verifySender({
    parts: signedPartsOf(raw, header.headerLines),
    envelope: envelopeOf({ reversePath: null, clientAddress: null }),
    header,
    resolver,
    trustedAuthservIds: [],
    timeoutMs: 5_000,
    trustedSealers: (more.sealers ?? []) as DomainName[],
    ...(more.receivedAt === undefined ? {} : { receivedAt: more.receivedAt }),
  })
}

/** Names such as `foo:bar/baz.example.com`: visible characters that a domain-spec may have and that the platform's resolver asks nobody about. */
const stricter: ReadonlySet<string> = new Set([
  'a-colon-domain',
  'a-colon-domain-ip4mapped',
  'mx-colon-domain',
  'mx-colon-domain-ip4mapped',
  'macro-mania-in-domain',
])

interface SpfSuite {
  description: string
  tests: Record<string, { helo: string; host: string; mailfrom: string; result: string | string[] }>
  zonedata: Record<string, (string | Record<string, string | [number, string]>)[]>
}

describe.skipIf(mailauth === null)('SPF, the suite of RFC 7208', () => {
  const suites =
    mailauth === null
      ? []
      : parseAllDocuments(readFileSync(join(mailauth, 'fixtures/spf/rfc7208-tests.yml'), 'utf8')).map((suite) => suite.toJS() as SpfSuite)

  test.each(suites.map((suite) => [suite.description, suite] as const))('%s', async (_, suite) => {
    serve(zoneOf(suite.zonedata))
    const wrong: string[] = []
    for (const [name, { helo, host, mailfrom, result }] of Object.entries(suite.tests)) {
      const envelope = envelopeOf({ clientAddress: host, heloName: helo, reversePath: mailfrom })
      const found = await checkSpf(
        envelope,
        () => true,
        async (question, type) => resolver.resolve(question, type as 'TXT'),
      )
      const expected = stricter.has(name) ? ['permerror'] : [result].flat()
      if (!expected.includes(found.result)) wrong.push(`${name}: ${found.result}, not ${expected.join(' or ')}`)
    }
    expect(wrong).toEqual([])
    expect(Object.keys(suite.tests).length).toBeGreaterThan(0)
  })

  test('is here whole', () => {
    expect(suites.flatMap(({ tests }) => Object.keys(tests)).length).toBe(200)
  })
})

/** The suite's way to write a zone: SPF records stand for TXT ones unless TXT is named, TIMEOUT for whatever is not listed. */
function zoneOf(data: SpfSuite['zonedata']): Zone {
  const zone: Record<string, ZoneName> = {}
  for (const [name, entries] of Object.entries(data)) {
    const records: Record<string, unknown[]> = {}
    let every: 'TIMEOUT' | undefined
    for (const entry of entries) {
      if (typeof entry === 'string') every = 'TIMEOUT'
      else
        for (const [type, value] of Object.entries(entry))
          (records[type] ??= []).push(Array.isArray(value) && type !== 'MX' ? value.join('') : value)
    }
    const { SPF: policies = [], TXT: texts, ...others } = records
    const named = (texts ?? policies).filter((text) => text !== 'NONE')
    const timesOut = named.includes('TIMEOUT')
    zone[name] = {
      ...(others as ZoneName),
      ...(timesOut ? { TXT: 'TIMEOUT' } : named.length > 0 ? { TXT: named as string[] } : {}),
      ...(every === undefined ? {} : { every }),
    }
  }
  return zone
}

/** Without c= the drafts took relaxed and RFC 8617 takes simple; with an empty h= nothing of the mail is signed. */
const stricterSeals: ReadonlySet<string> = new Set(['ams_fields_c_na', 'ams_fields_h_empty'])

interface ArcSuite {
  description: string
  tests: Record<string, { message: string; cv: 'Pass' | 'Fail' | 'None' | '' }>
  'txt-records': Record<string, string>
}

describe.skipIf(mailauth === null)('ARC, the validation suite', () => {
  const suites =
    mailauth === null
      ? []
      : (JSON.parse(readFileSync(join(mailauth, 'fixtures/arc/arc-draft-validation-tests.json'), 'utf8')) as ArcSuite[])
  const vectors = suites.flatMap((suite) => Object.entries(suite.tests).map(([name, vector]) => [name, vector, suite] as const))

  const holding = vectors.filter(([name, { cv }]) => cv === 'Pass' && !stricterSeals.has(name))
  const serveRecords = (suite: ArcSuite): void =>
    serve(Object.fromEntries(Object.entries(suite['txt-records']).map(([name, record]) => [name, { TXT: [record] }])))
  const verifySealed = async (message: string): Promise<VerifiedSender> =>
    verify(Buffer.from(message.replaceAll(/\r?\n/g, '\r\n')), { sealers: ['example.org', 'example2.org'] })

  test.each(holding)('%s holds', async (_, { message }, suite) => {
    serveRecords(suite)
    const { results, standing } = await verifySealed(message)
    expect([results.arc?.result, results.arc?.reason]).toEqual(['pass', undefined])
    // No set of the suite says of whom its DMARC result is, so that none vouches for anybody.
    expect(standing).toBe('unaligned')
  })

  test.each(vectors.filter((vector) => !holding.includes(vector)))('%s does not hold', async (_, { message }, suite) => {
    serveRecords(suite)
    const { results, standing } = await verifySealed(message)
    expect(results.arc?.result).not.toBe('pass')
    expect(standing).toBe('unaligned')
  })

  test('is here whole', () => {
    expect(vectors.length).toBeGreaterThan(150)
  })
})

/** Real mail whose signature holds, by the key of its signer. */
const signedMail: readonly string[] = [
  'postalsys__mailauth/test/dkim/ec/fixtures/signed.eml',
  'postalsys__mailauth/test/fixtures/authtest.eml',
  'postalsys__mailauth/test/fixtures/arc-pass.eml',
  'postalsys__mailauth/test/fixtures/arc-fail3.eml',
  'zkemail__zk-email-sdk-js/unit_tests/hello_eml.eml',
  'zkemail__zk-email-sdk-js/unit_tests/test.eml',
  'zkemail__zk-email-verify/packages/circuits/tests/test-emails/test.eml',
  'zkemail__zk-email-verify/packages/helpers/tests/test-data/email-good-large.eml',
  'jstedfast__MimeKit/UnitTests/TestData/dkim/gmail.msg',
  'jstedfast__MimeKit/UnitTests/TestData/dkim/related.msg',
  'jstedfast__MimeKit/UnitTests/TestData/dkim/multipart-no-end-boundary.msg',
]
/** Tampered with, of a signer whose key is not known, not of the author's domain, or not signed. */
const otherMail: readonly string[] = [
  'postalsys__mailauth/test/fixtures/arc-pass2.eml',
  'postalsys__mailauth/test/fixtures/arc-fail.eml',
  'postalsys__mailauth/test/fixtures/arc-fail2.eml',
  'postalsys__mailauth/test/fixtures/bimi.eml',
  'postalsys__mailauth/test/fixtures/message1.eml',
  'postalsys__mailauth/test/fixtures/message2.eml',
  'postalsys__mailauth/test/fixtures/message3.eml',
  'postalsys__mailauth/test/fixtures/message4.eml',
  'postalsys__mailauth/test/fixtures/zbimi.eml',
  'postalsys__mailauth/test/fixtures/zproov.eml',
  'zkemail__zk-email-sdk-js/unit_tests/devcon.eml',
  'zkemail__zk-email-verify/packages/circuits/tests/test-emails/lorem_ipsum.eml',
  'zkemail__zk-email-verify/packages/helpers/tests/test-data/email-body-tampered.eml',
  'zkemail__zk-email-verify/packages/helpers/tests/test-data/email-bodyless.eml',
  'zkemail__zk-email-verify/packages/helpers/tests/test-data/email-invalid-domain.eml',
  'zkemail__zk-email-verify/packages/helpers/tests/test-data/email-invalid-selector.eml',
  'zkemail__zk-email-verify/packages/helpers/tests/test-data/multi-dkim-sig.eml',
  'jstedfast__MimeKit/UnitTests/TestData/messages/issue358.txt',
]

describe.skipIf(corpus === null)('DKIM of real mail', () => {
  const read = (path: string): Buffer => readFileSync(join(corpus ?? '', path))
  const signedAt = (raw: Buffer): Date => {
    const at = /^dkim-signature:(?:.|\n[ \t])*?\bt=(\d+)/im.exec(raw.toString('latin1').replaceAll('\r\n', '\n'))?.[1]
    return new Date(Number(at ?? 1_400_000_000) * 1_000 + 60_000)
  }

  beforeAll(() => {
    const published: Record<string, ZoneName> = {}
    for (const [name, key] of Object.entries(dkimKeys)) published[name] = { TXT: [`v=DKIM1; k=rsa; p=${key}`] }
    const dkim = 'jstedfast__MimeKit/UnitTests/TestData/dkim'
    const gmail = read(`${dkim}/gmail.pub`)
      .toString()
      .replaceAll(/-----[^-]*-----|\s/g, '')
    const football = JSON.parse(read('postalsys__mailauth/test/dkim/ec/fixtures/dns.json').toString()) as Record<
      string,
      { TXT: string[][] }
    >
    for (const [name, { TXT }] of Object.entries(football)) published[name] = { TXT: TXT.map((parts) => parts.join('')) }
    const google = published['20230601._domainkey.gmail.com'] as ZoneName
    serve({ ...published, '20120113._domainkey.gmail.com': { TXT: [`k=rsa; p=${gmail}`] }, '20230601._domainkey.googlemail.com': google })
  })

  test.each(signedMail)('%s is aligned', async (path) => {
    const raw = read(path)
    const { standing, findings } = await verify(raw, { receivedAt: signedAt(raw) })
    expect([standing, findings[0]?.code]).toEqual(['aligned', 'dkimAligned'])
  })

  test.each(otherMail)('%s is not', async (path) => {
    const raw = read(path)
    expect((await verify(raw, { receivedAt: signedAt(raw) })).standing).not.toBe('aligned')
  })

  test.each(signedMail)('%s, tampered with, is not aligned', async (path) => {
    const text = read(path).toString('latin1')
    const eol = text.includes('\r\n') ? '\r\n' : '\n'
    const [header = '', ...rest] = text.split(`${eol}${eol}`)
    const body = rest.join(`${eol}${eol}`)
    const author = headerOf(read(path)).author
    if (author.kind !== 'one') throw new Error('the vector has no author')
    const letter = /[a-z]/
    const twins: Record<string, string> = {
      'a letter of the body': `${header}${eol}${eol}${body.replace(letter, (was) => (was === 'x' ? 'y' : 'x'))}`,
      'a line more': `${text}one more${eol}`,
      'another subject': text.replace(/^subject:.*/im, 'Subject: XYZ Lead 11111'),
      'a second subject on top': `Subject: XYZ Lead 11111${eol}${text}`,
      'a second subject below': `${header}${eol}Subject: XYZ Lead 11111${eol}${eol}${body}`,
      'another author': text.replace(/^from:.*(?:\n[ \t].*)*/im, `From: someone.else@${domainOf(author.mailbox.key)}`),
      'a second author on top': `From: someone.else@${domainOf(author.mailbox.key)}${eol}${text}`,
      'a second author below': `${header}${eol}From: someone.else@${domainOf(author.mailbox.key)}${eol}${eol}${body}`,
    }
    const believed: string[] = []
    for (const [trick, twin] of Object.entries(twins)) {
      const raw = Buffer.from(twin, 'latin1')
      const { standing } = await verify(raw, { receivedAt: signedAt(raw) })
      if (twin === text || standing === 'aligned') believed.push(trick)
    }
    expect(believed).toEqual([])
  })

  test('expires by the time of receipt', async () => {
    const raw = read('zkemail__zk-email-sdk-js/unit_tests/hello_eml.eml')
    const late = await verify(raw, { receivedAt: new Date(signedAt(raw).getTime() + 30 * 86_400_000) })
    expect(late.standing).toBe('unaligned')
    expect(late.reasons.join()).toContain('expired')
  })
})

describe.skipIf(corpus === null)('ARC of real mail', () => {
  beforeAll(() => {
    const google = 'arc-20160816._domainkey.google.com'
    serve({ [google]: { TXT: [`k=rsa; p=${dkimKeys[google] ?? ''}`] } })
  })

  const chain = (name: string): Buffer => readFileSync(join(mailauth ?? '', 'fixtures', name))

  test.each(['arc-pass.eml', 'arc-pass2.eml'])(
    '%s has a chain that holds, which is asked only where its sealer is trusted',
    async (name) => {
      expect((await verify(chain(name), { sealers: ['google.com'] })).results.arc).toEqual({ result: 'pass', domain: 'google.com' })
      expect((await verify(chain(name))).results.arc).toBeUndefined()
      expect((await verify(chain(name), { sealers: ['tenant.example'] })).results.arc).toBeUndefined()
    },
  )

  test.each(['arc-fail.eml', 'arc-fail2.eml', 'arc-fail3.eml'])('%s has one that does not', async (name) => {
    expect((await verify(chain(name), { sealers: ['google.com'] })).results.arc?.result).not.toBe('pass')
  })
})

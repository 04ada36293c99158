import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { domainOf } from '../../src/mail/address.ts'
import { headerBlockOf } from '../../src/mail/header.ts'
import { canonicalBody } from '../../src/processing/dkim-body.ts'
import { openDnsResolver, type DnsResolver } from '../../src/processing/dns-resolver.ts'
import { verifySender, type VerifiedSender } from '../../src/processing/verify-sender.ts'
import { signedPartsOf } from '../../src/processing/signed-parts.ts'
import { openDnsZone, type DnsZone, type Zone } from '../../src/verbs/dns-zone.ts'
import { envelopeOf, headerOf, newKey, oversigned, signed } from '../support/signed-mail.ts'

/**
 * An attacker who knows everything public, has domains, keys and servers of his own, holds mails that the victim signed, and decides every
 * octet of the mail and of the envelope. What he has not: a key of the victim, an address in the victim's network, the server in front of us.
 */
const victims = ['tenant.example', 'plain.example', 'münchen.example', 'victim.github.io', 'tenant.co.uk']
const attackers = [
  'attacker.example',
  'tenant.example.attacker.example',
  'attackertenant.example',
  'tenant-example.attacker.example',
  'attacker.github.io',
  'attacker.co.uk',
  'tenant.examp1e',
  'xn--mnchen-3yb.example',
]
const victimKey = newKey()
const attackersKey = newKey()
const aLabels: Record<string, string> = { 'münchen.example': 'xn--mnchen-3ya.example' }

const zone: Record<string, Zone[string]> = {
  '_dmarc.github.io': { TXT: ['v=DMARC1; p=none'] },
  '_dmarc.co.uk': { TXT: ['v=DMARC1; p=none'] },
}
for (const [index, victim] of victims.entries()) {
  const name = aLabels[victim] ?? victim
  zone[name] = { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] }
  zone[`s1._domainkey.${name}`] = { TXT: [victimKey.record] }
  if (index !== 1) zone[`_dmarc.${name}`] = { TXT: [`v=DMARC1; p=${index === 0 ? 'reject' : 'none'}`] }
}
for (const attacker of attackers) {
  zone[attacker] = { TXT: ['v=spf1 +all'] }
  zone[`_dmarc.${attacker}`] = { TXT: ['v=DMARC1; p=none; psd=n'] }
  zone[`s1._domainkey.${attacker}`] = { TXT: [attackersKey.record] }
}

let served: DnsZone
let resolver: DnsResolver
let genuine: string
let sealed: string
beforeAll(async () => {
  served = await openDnsZone(zone)
  resolver = openDnsResolver({ servers: [served.server], timeoutMs: 500 })
  const message =
    'From: Jo <jo@tenant.example>\r\nTo: Eva <eva@client.example>\r\nSubject: XYZ Lead 11111\r\nDate: Sun, 22 Nov 2026 06:00:00 +0000\r\nMIME-Version: 1.0\r\n\r\nHello Eva,\r\n\r\nhere it is.\r\n'
  genuine = await signed(message, { domain: 'tenant.example', key: victimKey, fields: 'From:To:Subject:Date' })
  sealed = oversigned(message, {
    domain: 'tenant.example',
    key: victimKey,
    fields: 'From:From:To:To:Cc:Subject:Subject:Date:Message-ID:In-Reply-To:References',
  })
})
afterAll(async () => {
  resolver.close()
  await served.close()
})

async function verify(
  mail: string,
  more: Partial<Parameters<typeof envelopeOf>[0]> = {},
  trust: readonly string[] = [],
): Promise<VerifiedSender> {
  const raw = Buffer.from(mail, 'latin1')
  const header = headerOf(raw)
  return verifySender({
    parts: signedPartsOf(raw, header.headerLines),
    envelope: envelopeOf({ clientAddress: '203.0.113.66', ...more }),
    header,
    resolver,
    trustedAuthservIds: trust,
    timeoutMs: 5_000,
  })
}

/** The domain whose author the mail would be filed as, if it is one of the victims' or below it. */
function victimIn(mail: string): string | null {
  const { author } = headerOf(Buffer.from(mail, 'latin1'))
  if (author.kind !== 'one') return null
  const domain = domainOf(author.mailbox.key)
  return victims.map((victim) => aLabels[victim] ?? victim).find((victim) => domain === victim || domain.endsWith(`.${victim}`)) ?? null
}

const utf8 = (text: string): string => Buffer.from(text).toString('latin1')
const victim = fc.constantFrom(...victims)
const attacker = fc.constantFrom(...attackers)
const trickyFrom = fc
  .tuple(victim, attacker)
  .chain(([v, a]) =>
    fc.constantFrom(
      `jo@${v}`,
      `Jo <jo@${v}>`,
      `"jo@${v}" <x@${a}>`,
      `jo@${v} <x@${a}>`,
      `"x@${a}" <jo@${v}>`,
      `jo@${v}, x@${a}`,
      `x@${a}, jo@${v}`,
      `x@${a} (jo@${v})`,
      `jo@${v} (x@${a})`,
      `<@${a}:jo@${v}>`,
      `"jo@${v}"@${a}`,
      `"x@${a}"@${v}`,
      `team: jo@${v};`,
      `jo@${v}\r\n .${a}`,
      `jo@${v}\u0000@${a}`,
      `JO@${v.toUpperCase()}.`,
      `jo@mail.${v}`,
      `jo@${v}>\r\nFrom: <x@${a}`,
      `=?utf-8?q?jo=40${v}?= <x@${a}>`,
      `jo@𝐭enant.example`,
      `jo@tenant。example`,
      `<jo@${v}> <x@${a}>`,
      `x@${a}\rFrom: jo@${v}`,
    ),
  )
const fromField = fc.oneof(
  victim.map((v) => `Jo <jo@${v}>`),
  trickyFrom,
)
const forgedField = fc
  .tuple(victim, attacker)
  .chain(([v, a]) =>
    fc.constantFrom(
      `Authentication-Results: mx.example; dmarc=pass header.from=${v}`,
      `Authentication-Results: mx.example; spf=pass smtp.mailfrom=${v}; dkim=pass header.d=${v}`,
      `ARC-Authentication-Results: i=1; mx.example; dmarc=pass header.from=${v}`,
      `ARC-Seal: i=1; a=rsa-sha256; cv=none; d=${a}; s=s1; b=AAAA`,
      `Received-SPF: pass client-ip=192.0.2.1`,
      `Received: from mail.${v} (mail.${v} [192.0.2.1]) by ${a} with SMTP`,
      `Return-Path: <jo@${v}>`,
      `Sender: jo@${v}`,
      `From: jo@${v}`,
      `From : jo@${v}`,
      `From: x@${a}`,
      ` From: jo@${v}`,
      `Subject: XYZ Lead 22222`,
      `X-Auth: yes`,
      `DKIM-Signature: v=1; a=rsa-sha256; d=${v}; s=s1; h=from:subject; bh=AAAA; b=AAAA`,
      `\u00a0Subject: XYZ Lead 33333`,
    ),
  )
const circumstances = fc.record({
  reversePath: fc.oneof(
    victim.map((v) => `jo@${v}`),
    attacker.map((a) => `x@${a}`),
    fc.tuple(victim, attacker).map(([v, a]) => `"jo@${v}"@${a}`),
    fc.constantFrom('', 'jo', 'jo@', '@tenant.example'),
    fc.constant(null),
  ),
  heloName: fc.oneof(victim, attacker, fc.constant(null)),
  clientAddress: fc.constantFrom('203.0.113.66', '2001:db8::66', '::ffff:203.0.113.66', '127.0.0.1', null),
})

describe('whatever an attacker writes', () => {
  test('he is not taken for an author of a domain that is not his', async () => {
    let spoofs = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(forgedField, { maxLength: 3 }),
        fromField,
        fc.array(forgedField, { maxLength: 3 }),
        fc.option(attacker),
        fc.option(victim),
        circumstances,
        async (above, from, below, signsAs, pretends, envelope) => {
          const fields = [...above, `From: ${from}`, 'Subject: XYZ Lead 11111', ...below].map(utf8)
          let mail = `${fields.join('\r\n')}\r\n\r\nHello.\r\n`
          if (pretends !== null) mail = await signed(mail, { domain: aLabels[pretends] ?? pretends, key: attackersKey })
          if (signsAs !== null) mail = await signed(mail, { domain: signsAs, key: attackersKey })
          const { standing } = await verify(mail, envelope)
          if (victimIn(mail) === null) return true
          spoofs++
          return standing !== 'aligned' && standing !== 'trustedSubmission'
        },
      ),
      { numRuns: 1_200 },
    )
    expect(spoofs).toBeGreaterThan(200)
  })

  test('his own results below those of the server in front of us change nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(forgedField, { maxLength: 5 }), fromField, circumstances, async (forged, from, envelope) => {
        const top = 'Authentication-Results: mx.example; dmarc=fail header.from=tenant.example'
        const mail = `${[top, ...forged, `From: ${from}`, 'Subject: x'].map(utf8).join('\r\n')}\r\n\r\nHello.\r\n`
        const { standing } = await verify(mail, envelope, ['mx.example'])
        return victimIn(mail) === null || standing !== 'aligned'
      }),
      { numRuns: 500 },
    )
  })
})

describe('whatever an attacker does to a mail that the victim signed', () => {
  const pieces = fc.oneof(
    fc.constantFrom(
      'From: boss@tenant.example\r\n',
      'Subject: XYZ Lead 22222\r\n',
      'Subject : XYZ Lead 22222\r\n',
      'subject:\r\n XYZ Lead 22222\r\n',
      'X: y\r\n',
      '\r\n',
      '\n',
      '\r',
      ' ',
      '\t',
      '\u0000',
      'ä',
      ':',
      '<',
      '@',
      '1',
      'Content-Type: text/html\r\n',
      'In-Reply-To: <stolen@client.example>\r\n',
      'References: <stolen@client.example>\r\n',
      'X: y\rIn-Reply-To: <stolen@client.example>\r\n',
      'X: y\r\n\u000bCc: <adam@client.example>\r\n',
      'Cc: <adam@client.example>\r\n',
      'To: <adam@client.example>\r\n',
    ),
    fc.string({ maxLength: 3 }),
  )
  const edit = fc.record({ at: fc.nat({ max: 2_000 }), remove: fc.nat({ max: 3 }), put: pieces })
  const lineEdit = fc.record({ line: fc.nat({ max: 25 }), put: pieces })

  /** What the mail says to us: author, subject, and the body but for white space. */
  const saying = (mail: string): string => {
    const raw = Buffer.from(mail, 'latin1')
    const { author, subject } = headerOf(raw)
    const body = canonicalBody(raw.subarray(headerBlockOf(raw).bodyStart), 'relaxed')
    return JSON.stringify([
      author.kind === 'one' ? author.mailbox.key : null,
      subject.replaceAll(/\s+/g, ' ').trim(),
      Buffer.from(body).toString('latin1'),
    ])
  }

  /** Fields that point to a lead and that say something else than in the original. */
  const changed = (mail: string, original: string): string[] => {
    const [now, before] = [headerOf(Buffer.from(mail, 'latin1')), headerOf(Buffer.from(original, 'latin1'))]
    const keys = (people: readonly { key: string | null }[]): string => people.map(({ key }) => key).join()
    return [
      ...(keys(now.to) === keys(before.to) ? [] : ['to']),
      ...(keys(now.cc) === keys(before.cc) ? [] : ['cc']),
      ...(now.inReplyTo.join() === before.inReplyTo.join() ? [] : ['in-reply-to']),
      ...(now.references.join() === before.references.join() ? [] : ['references']),
    ]
  }

  test.each([
    ['a signature that leaves fields open', () => genuine],
    ['one that names fields that are not there', () => sealed],
  ])('it is aligned only as long as it says the same, and what may have changed is named: %s', async (_, original) => {
    let kept = 0
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 3 }), fc.array(lineEdit, { maxLength: 2 }), async (edits, lineEdits) => {
        let mail = original()
        for (const { line, put } of lineEdits) {
          const lines = mail.split('\r\n')
          const at = line % lines.length
          mail = [...lines.slice(0, at), put + (lines[at] ?? ''), ...lines.slice(at + 1)].join('\r\n')
        }
        for (const { at, remove, put } of edits) mail = mail.slice(0, at % mail.length) + put + mail.slice((at % mail.length) + remove)
        const { standing, uncovered } = await verify(mail, { reversePath: 'x@attacker.example' })
        if (standing !== 'aligned') return true
        kept++
        return saying(mail) === saying(original()) && changed(mail, original()).every((name) => uncovered.includes(name))
      }),
      { numRuns: 3_000 },
    )
    expect(kept).toBeGreaterThan(20)
  })

  test('a number that a line break has cut in two is not taken for a signed one', async () => {
    const cut = genuine.replace('Subject: XYZ Lead 11111', 'Subject: XYZ Lead 1111\r\n1')
    expect((await verify(cut)).standing).toBe('rejectedByPolicy')
    expect((await verify(genuine.replace('Subject: XYZ Lead', 'Subject: XYZ\r\n Lead'))).standing).toBe('aligned')
  })

  test('a field behind a lone carriage return is not taken for a signed one', async () => {
    expect((await verify(sealed)).standing).toBe('aligned')
    const { standing, reasons } = await verify(`X-Any: a\rIn-Reply-To: <stolen@client.example>\r\n${sealed}`)
    expect(standing).toBe('rejectedByPolicy')
    expect(reasons.join()).toContain('more than one way')
  })

  test('sent again to another recipient it is aligned, and the envelope is not vouched for', async () => {
    const { standing, uncovered } = await verify(genuine, {
      reversePath: 'x@attacker.example',
      forwardPaths: ['crm+22222@leadpost.example'],
    })
    expect([standing, uncovered]).toEqual(['aligned', ['envelope']])
  })

  test('with a thread of his put in it is aligned, and the thread is not vouched for', async () => {
    const { standing, uncovered } = await verify(
      `In-Reply-To: <stolen@client.example>\r\nReferences: <stolen@client.example>\r\n${genuine}`,
    )
    expect([standing, uncovered]).toEqual(['aligned', ['envelope', 'in-reply-to', 'references']])
  })
})

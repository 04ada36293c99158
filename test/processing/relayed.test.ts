/** Mail that a server in front of us passes on: its word counts, and where it stands never does. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Processing } from '../../src/processing/open-processing.ts'
import type { Zone } from '../../src/verbs/dns-zone.ts'
import { newKey, signed } from '../support/signed-mail.ts'
import { mail, openOffice, type Delivered, type Handed, type Office } from './office.ts'

const key = newKey()
/** The company's own server, 192.0.2.7, may send for the company. */
const zone: Zone = {
  'xyz.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  '_dmarc.xyz.example': { TXT: ['v=DMARC1; p=reject'] },
  's1._domainkey.xyz.example': { TXT: [key.record] },
}
const relayed = { fromTrustedNetwork: false, relayed: true, clientAddress: '192.0.2.7', heloName: 'mail.xyz.example' }

let office: Office
let processing: Processing
beforeAll(async () => {
  office = await openOffice()
  office.dns.serve(zone)
  processing = await office.another({ senderCheck: { ...office.senderCheck, trustedAuthservIds: ['mail.xyz.example'] } })
})
afterAll(async () => {
  await processing.close()
  await office.close()
})

async function handIn(raw: string, how: Handed): Promise<Delivered> {
  const id = await office.admit(raw, how)
  await processing.processDue()
  return await office.deliveryOf(id)
}

const received = 'from mail.elsewhere.example by mail.xyz.example (Postfix) with ESMTPS id 4abc; Sun, 22 Nov 2026 10:00:00 +0000'
const found = (methods: string): string => `mail.xyz.example;\r\n ${methods}`
const inXyz = (results?: string, more: Record<string, string> = {}): string =>
  mail({ Received: received, ...(results === undefined ? {} : { 'Authentication-Results': found(results) }), ...more, Subject: '11111' })

function send(results?: string, more: Record<string, string> = {}): Promise<Delivered> {
  return handIn(inXyz(results, more), relayed)
}

const waits = { state: 'inReview', reason: 'unauthenticatedSender' }

describe('a mail that our own server passes on', () => {
  it('is filed where that server found its author authentic', async () => {
    expect(await send('dmarc=pass header.from=xyz.example; spf=pass smtp.mailfrom=anna@xyz.example')).toMatchObject({
      state: 'appended',
      trace: { standing: 'aligned' },
    })
  })

  it.each([
    ['found it forged', 'dmarc=fail header.from=xyz.example; spf=fail smtp.mailfrom=anna@xyz.example'],
    ['found out nothing', 'spf=none smtp.mailfrom=anna@xyz.example'],
    ['found another domain authentic', 'dmarc=pass header.from=elsewhere.example; spf=pass smtp.mailfrom=x@elsewhere.example'],
    ['said nothing', undefined],
  ])('waits for a person where that server %s, though the server may send for the company', async (_what, results) => {
    const delivered = await send(results)
    expect(delivered).toMatchObject(waits)
    expect(JSON.stringify(delivered.trace)).not.toContain('"result":"pass","domain":"xyz.example"')
  })

  it('is proved by its own signature where that server says nothing', async () => {
    const raw = await signed(inXyz(), { domain: 'xyz.example', key })
    expect(await handIn(raw, relayed)).toMatchObject({ state: 'appended', trace: { standing: 'aligned' } })
  })

  it('is not believed by a field that stands below a foreign hop', async () => {
    const foreign = received.replace('by mail.xyz.example', 'by mail.elsewhere.example')
    expect(await send('dmarc=pass header.from=xyz.example', { Received: foreign })).toMatchObject({ state: 'inReview' })
  })
})

describe('a sign-in that our own server reports', () => {
  it('counts like one here, for all of the mail', async () => {
    const delivered = await send('auth=pass smtp.auth=anna@xyz.example smtp.mailfrom=anna@xyz.example')
    expect(delivered).toMatchObject({ state: 'appended', lead: '11111', trace: { standing: 'trustedSubmission' } })
    expect(JSON.stringify(delivered.trace)).toContain('anna@xyz.example signed in there')
  })

  it.each([
    ['of somebody who is no user', 'auth=pass smtp.auth=mallory@xyz.example'],
    ['of a user of another company', 'auth=pass smtp.auth=olga@other.example'],
    ['that failed', 'auth=fail smtp.auth=anna@xyz.example'],
    ['without a name', 'auth=pass'],
    ['told twice', 'auth=pass smtp.auth=mallory@xyz.example; auth=pass smtp.auth=anna@xyz.example'],
  ])('does not count: %s', async (_what, results) => {
    expect(await send(results)).toMatchObject(waits)
  })

  it('does not speak for a client', async () => {
    await handIn(mail({ Subject: '11111', 'Message-ID': '<first@xyz.example>' }), {})
    const delivered = await send('auth=pass smtp.auth=anna@xyz.example', {
      From: 'eva@acme.example',
      'In-Reply-To': '<first@xyz.example>',
      'Message-ID': '<answer@acme.example>',
    })
    expect(delivered).toMatchObject({ state: 'inReview', trace: { standing: 'unaligned' } })
  })
})

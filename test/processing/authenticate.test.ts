/** Who really sent a mail, on its way through processing: when DNS is asked, what its silence means, whose word counts. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDnsResolver } from '../../src/processing/dns-resolver.ts'
import type { Processing, ProcessingOptions } from '../../src/processing/open-processing.ts'
import type { Trouble, Zone } from '../../src/verbs/dns-zone.ts'
import { newKey, signed } from '../support/signed-mail.ts'
import { mail, openOffice, type Delivered, type Handed, type Office } from './office.ts'

const key = newKey()
const zone: Zone = {
  'xyz.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 -all'] },
  '_dmarc.xyz.example': { TXT: ['v=DMARC1; p=reject'] },
  's1._domainkey.xyz.example': { TXT: [key.record] },
}
const outside = { fromTrustedNetwork: false, clientAddress: '203.0.113.66', heloName: 'mail.elsewhere.example' }
const ownServer = { ...outside, clientAddress: '192.0.2.7' }
const bySignature = { domain: 'xyz.example', key }

let office: Office
const closes: (() => Promise<void> | void)[] = []
beforeAll(async () => {
  office = await openOffice()
})
beforeEach(() => {
  office.dns.serve(zone)
  ;(office.dns.asked as unknown[]).length = 0
})
afterEach(async () => {
  for (const close of closes.splice(0).toReversed()) await close()
})
afterAll(async () => {
  await office.close()
})

/** One more processing, whose resolver remembers nothing. */
async function forgetful(options: Partial<ProcessingOptions> = {}, timeoutMs = 1_500): Promise<Processing> {
  const resolver = openDnsResolver({ servers: [office.dns.server], timeoutMs, triesMax: 1 })
  closes.push(() => resolver.close())
  const processing = await office.another({ ...options, senderCheck: { ...office.senderCheck, ...options.senderCheck, resolver } })
  closes.push(() => processing.close())
  return processing
}

async function sendTo(processing: Processing, raw: string | Buffer, how: Handed): Promise<Delivered> {
  const id = await office.admit(raw, how)
  await processing.processDue()
  return office.deliveryOf(id)
}

const failing = (trouble: Trouble): Zone => ({ 'xyz.example': { every: trouble }, '_dmarc.xyz.example': { every: trouble } })
const inXyz = (): string => mail({ Subject: 'XYZ Lead 11111' })

describe('DNS', () => {
  it('is not asked about whoever is trusted, signed in, or nobody’s', async () => {
    await office.send(inXyz())
    await office.send(inXyz(), { ...outside, authenticatedAs: 'anna@xyz.example' })
    await office.send(inXyz(), { ...outside, authenticatedAs: 'olga@other.example' })
    await office.send(mail({ From: 'mallory@nobody.example' }), outside)
    await office.send(mail({ From: 'anna@xyz.example, olga@other.example' }), outside)
    expect(office.dns.asked).toEqual([])
    await office.send(inXyz(), outside)
    expect(office.dns.asked.length).toBeGreaterThan(0)
  })

  it('vouches for a mail of the author’s own server, and the trace says so in words', async () => {
    const delivered = await office.send(inXyz(), ownServer)
    expect(delivered).toMatchObject({ state: 'appended', lead: '11111' })
    expect(delivered.trace).toMatchObject({
      standing: 'aligned',
      authentication: {
        spf: { result: 'pass', domain: 'xyz.example' },
        dkim: [],
        dmarc: { result: 'pass', domain: 'xyz.example', policy: 'reject' },
        reasons: ['The sending server may send mail for xyz.example (SPF).'],
        uncovered: [],
      },
    })
  })

  it.each(['SERVFAIL', 'REFUSED'] as const)('that answers %s makes a mail wait, and it is filed once DNS tells', async (trouble) => {
    office.dns.serve(failing(trouble))
    const id = await office.admit(inXyz(), ownServer)
    const processing = await forgetful()
    await processing.processDue()
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'received', attempts: 1, detail: expect.stringContaining('DNS') as unknown })
    const [wait] = await office.db.owner<{ s: number }>(
      `SELECT extract(epoch FROM due_at - now())::float AS s FROM delivery WHERE message_id = $1`,
      [id],
    )
    expect(wait?.s).toBeGreaterThan(0.5)
    expect(wait?.s).toBeLessThan(2.5)
    office.dns.serve(zone)
    await office.db.owner(`UPDATE delivery SET due_at = now() WHERE message_id = $1`, [id])
    await (await forgetful()).processDue()
    expect(await office.deliveryOf(id)).toMatchObject({ state: 'appended', attempts: 2, lead: '11111' })
  })

  it('that never tells leaves it to a person in the end, as undetermined', async () => {
    office.dns.serve(failing('SERVFAIL'))
    const delivered = await sendTo(await forgetful({ attemptsMax: 1 }), inXyz(), ownServer)
    expect(delivered).toMatchObject({ state: 'inReview', reason: 'unauthenticatedSender', trace: { standing: 'undetermined' } })
  })

  it('that knows no such domain is an answer: a person decides at once', async () => {
    office.dns.serve({})
    const delivered = await sendTo(await forgetful(), inXyz(), outside)
    expect(delivered).toMatchObject({ state: 'inReview', reason: 'unauthenticatedSender', attempts: 1, trace: { standing: 'unaligned' } })
  })

  it('that is silent holds up no other mail', async () => {
    office.dns.serve(failing('TIMEOUT'))
    const processing = await forgetful({ attemptsMax: 1, senderCheck: { ...office.senderCheck, timeoutMs: 6_000 } }, 30_000)
    const slow = await office.admit(inXyz(), ownServer)
    const quick = await office.admit(inXyz())
    const done = processing.processDue()
    const later = await office.admit(inXyz())
    void processing.processDue()
    // The machine may be busy; what matters is what comes before what.
    for (const id of [quick, later])
      await expect.poll(async () => (await office.deliveryOf(id)).state, { timeout: 20_000, interval: 10 }).toBe('appended')
    expect((await office.deliveryOf(slow)).state).toBe('processing')
    await done
    expect(await office.deliveryOf(slow)).toMatchObject({ state: 'inReview', trace: { standing: 'undetermined' } })
  })
})

describe('a signature', () => {
  it('is checked over every octet of a large mail', async () => {
    const text = 'Dear Eva, a long letter. \r\n'.repeat(90_000)
    const good = await signed(mail({ Subject: 'XYZ Lead 11111' }, text), bySignature)
    expect(good.length).toBeGreaterThan(2_000_000)
    expect(await office.send(Buffer.from(good), outside)).toMatchObject({ state: 'appended', trace: { standing: 'aligned' } })
    const tampered = Buffer.from(await signed(mail({ Subject: 'XYZ Lead 11111' }, text), bySignature))
    tampered[tampered.length - 30] = 0x58
    expect(await office.send(tampered, outside)).toMatchObject({ state: 'inReview', reason: 'unauthenticatedSender' })
  })

  it('does not vouch for the sub-address that a copy is sent to', async () => {
    const copied = await signed(mail({ Subject: 'Offer', To: 'gus@globex.example' }), bySignature)
    const delivered = await office.send(copied, { ...outside, forwardPaths: ['crm+33333@leadpost.example'] })
    expect(delivered).toMatchObject({ state: 'inReview', reason: 'unmatched', trace: { authentication: { uncovered: ['envelope'] } } })
    const bySpf = { ...ownServer, forwardPaths: ['crm+33333@leadpost.example'] }
    expect(await office.send(mail({ Subject: 'Offer', To: 'gus@globex.example' }), bySpf)).toMatchObject({
      state: 'appended',
      lead: '33333',
    })
  })
})

describe('the results that another server wrote', () => {
  const results = (verdict: string, id = 'mx.xyz.example'): string =>
    `Authentication-Results: ${id};\r\n spf=${verdict} smtp.mailfrom=anna@xyz.example;\r\n dmarc=${verdict} header.from=xyz.example\r\n`
  const trusting = async (): Promise<Processing> =>
    forgetful({ senderCheck: { ...office.senderCheck, trustedAuthservIds: ['mx.xyz.example'] } })

  it('win over its network where it is our own', async () => {
    const processing = await trusting()
    expect(await sendTo(processing, results('pass') + inXyz(), {})).toMatchObject({ state: 'appended', trace: { standing: 'aligned' } })
    const forged = await sendTo(processing, results('fail') + inXyz(), {})
    expect(forged).toMatchObject({
      state: 'inReview',
      reason: 'unauthenticatedSender',
      trace: { standing: 'rejectedByPolicy', authentication: { authservId: 'mx.xyz.example', dmarc: { result: 'fail' } } },
    })
    expect(await sendTo(processing, inXyz(), {})).toMatchObject({ state: 'appended', trace: { standing: 'trustedSubmission' } })
  })

  it('are not believed from elsewhere, nor those of a server that nobody named', async () => {
    const processing = await trusting()
    expect(await sendTo(processing, results('pass') + inXyz(), outside)).toMatchObject({ reason: 'unauthenticatedSender' })
    const ofOther = results('fail', 'mx.other.example') + inXyz()
    expect(await sendTo(processing, ofOther, {})).toMatchObject({ state: 'appended', trace: { standing: 'trustedSubmission' } })
  })

  it('are believed in a watched mailbox if its owner named the server, and no other server there', async () => {
    const inMailbox = { channel: 'imap', fromTrustedNetwork: false, clientAddress: null, heloName: null } as const
    const named = { ...inMailbox, trustedAuthservId: 'imap.provider.example' }
    const pass = results('pass', 'imap.provider.example')
    expect(await office.send(pass + inXyz(), named)).toMatchObject({ state: 'appended', trace: { standing: 'aligned' } })
    expect(await office.send(pass + inXyz(), inMailbox)).toMatchObject({ reason: 'unauthenticatedSender' })
    expect(await sendTo(await trusting(), results('pass') + inXyz(), named)).toMatchObject({ reason: 'unauthenticatedSender' })
  })
})

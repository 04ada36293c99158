import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { crmAddress, mail, type Office, openOffice } from './office.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(async () => {
  await office.close()
})

async function confirmationOf(mailId: string | null) {
  const rows = await office.db.owner<{ reasons: string[]; candidates: { number: string }[]; settled_by: string | null }>(
    'SELECT reasons, candidates, settled_by FROM confirmation WHERE mail_id = $1 ORDER BY id',
    [mailId],
  )
  return rows.at(-1)
}

describe('a mail of a trusted colleague to a client', () => {
  it('with the lead number in its subject stands in the history of that lead', async () => {
    const subject = 'XYZ Lead 11111'
    const raw = mail(
      { Subject: subject, Cc: '"Stranger, A." <stranger@nowhere.example>', 'Message-ID': '<first@xyz.example>' },
      'Dear Eva,\r\nhere it is.\r\n',
    )
    const delivered = await office.send(raw)
    expect(delivered).toMatchObject({ state: 'appended', tenant: 'xyz', lead: '11111', reason: null })
    const entry = (await office.history('11111')).find(({ messageId }) => messageId === '<first@xyz.example>')
    expect(entry).toMatchObject({
      kind: 'mail',
      direction: 'outbound',
      subject,
      occurredAt: '2026-11-02T09:30:00.000Z',
      from: { address: 'anna@xyz.example', name: 'Anna Arndt' },
      text: 'Dear Eva,\nhere it is.',
      decidedBy: 'rule',
    })
    expect(entry?.participants).toContainEqual({ address: 'eva@acme.example', name: 'Eva Muster', as: 'to', contactPerson: 'eva' })
    expect(entry?.participants).toContainEqual({ address: 'stranger@nowhere.example', name: 'Stranger, A.', as: 'cc', contactPerson: null })
    expect(entry?.capturedBy).toMatchObject([{ address: 'anna@xyz.example', channel: 'smtp' }])
    expect(entry?.evidence).toContainEqual({ code: 'leadNumberInSubject', detail: '11111', for: true })
    expect(entry?.evidence).toContainEqual({ code: 'recipientIsContactPerson', detail: 'eva@acme.example', for: true })
    expect(delivered.trace).toMatchObject({
      tenant: 'xyz',
      standing: 'trustedSubmission',
      tokens: [{ token: '11111', where: 'subject', lead: '11111', why: 'leadNumber' }],
    })
  })

  it('with the number as sub-address, or with a quote number, is filed at the same lead', async () => {
    expect(await office.send(mail(), { forwardPaths: ['crm+11111@leadpost.example'] })).toMatchObject({ state: 'appended', lead: '11111' })
    expect(await office.send(mail({ Subject: 'Our offer 1024-2 as promised' }))).toMatchObject({ state: 'appended', lead: '11111' })
    expect(await office.send(mail(), { forwardPaths: ['crm+1024-1@leadpost.example'] })).toMatchObject({ state: 'appended', lead: '11111' })
  })

  it('with the number split over encoded words is filed', async () => {
    expect(await office.send(mail({ Subject: 'XYZ Lead =?utf-8?Q?11?= =?utf-8?Q?111?=' }))).toMatchObject({
      state: 'appended',
      lead: '11111',
    })
  })

  it("with the lead's name is filed where a recipient is a contact person of its company, and proposed where not", async () => {
    expect(await office.send(mail({ Subject: 'About the website relaunch' }))).toMatchObject({ state: 'appended', lead: '11111' })
    const proposed = await office.send(mail({ Subject: 'About the website relaunch', To: 'new@acme.example' }))
    expect(proposed).toMatchObject({ state: 'inReview' })
    expect((await confirmationOf(proposed.mailId))?.candidates.map(({ number }) => number)).toEqual(['11111'])
  })

  it('that answers one on file is filed at its lead, also within one batch', async () => {
    await office.admit(mail({ Subject: 'XYZ Lead 33333', To: 'gus@globex.example', 'Message-ID': '<parent@xyz.example>' }))
    const reply = await office.admit(mail({ Subject: 'Re: that', To: 'gus@globex.example', 'In-Reply-To': '<parent@xyz.example>' }))
    await office.processing.processDue()
    expect(await office.deliveryOf(reply)).toMatchObject({ state: 'appended', lead: '33333' })
  })

  it('that points nowhere waits for a person, with what there is', async () => {
    const unknown = await office.send(mail({ Subject: 'Hello', To: 'new@nowhere.example' }))
    expect(unknown).toMatchObject({ state: 'inReview', reason: 'unmatched', lead: null })
    const proposed = await office.send(mail({ Subject: 'Hello' }))
    const confirmation = await confirmationOf(proposed.mailId)
    expect(confirmation?.reasons).toEqual(['unmatched'])
    expect(confirmation?.candidates.map(({ number }) => number).toSorted()).toEqual(['11111', '22222'])
    expect((await office.confirmations()).map(({ messageId }) => messageId)).toBeTruthy()
  })

  it('with a near miss waits, and the lead is proposed', async () => {
    const near = await office.send(mail({ Subject: 'Offer (#33333)', To: 'new@nowhere.example' }))
    expect(near.state).toBe('inReview')
    expect((await confirmationOf(near.mailId))?.candidates.map(({ number }) => number)).toEqual(['33333'])
  })

  it('with the numbers of two leads is ambiguous, and with a number and a thread that disagree a contradiction', async () => {
    expect(await office.send(mail({ Subject: 'XYZ Lead 11111 22222' }))).toMatchObject({ state: 'inReview', reason: 'ambiguous' })
    await office.send(mail({ Subject: 'XYZ Lead 33333', To: 'gus@globex.example', 'Message-ID': '<at-globex@xyz.example>' }))
    const torn = await office.send(mail({ Subject: 'XYZ Lead 11111', References: '<at-globex@xyz.example>' }))
    expect(torn).toMatchObject({ state: 'inReview', reason: 'contradiction' })
  })

  it('whose recipients are known only at another company is a contradiction', async () => {
    expect(await office.send(mail({ Subject: 'XYZ Lead 11111', To: 'gus@globex.example' }))).toMatchObject({
      state: 'inReview',
      reason: 'contradiction',
    })
  })

  it('to a sub-address of no lead waits, whatever else it names', async () => {
    const delivered = await office.send(mail({ Subject: 'XYZ Lead 11111' }), { forwardPaths: ['crm+77777@leadpost.example'] })
    expect(delivered).toMatchObject({ state: 'inReview', reason: 'contradiction' })
  })
})

describe('a sender', () => {
  it('whom nothing vouches for files nothing', async () => {
    const delivered = await office.send(mail({ Subject: 'XYZ Lead 11111' }), { fromTrustedNetwork: false })
    expect(delivered).toMatchObject({ state: 'inReview', reason: 'unauthenticatedSender' })
  })

  it('who signed in speaks for his own tenant alone', async () => {
    const anna = { fromTrustedNetwork: false, authenticatedAs: 'Anna@XYZ.example' }
    expect(await office.send(mail({ Subject: 'XYZ Lead 11111' }), anna)).toMatchObject({ state: 'appended' })
    const olga = { fromTrustedNetwork: false, authenticatedAs: 'olga@other.example' }
    expect(await office.send(mail({ Subject: 'XYZ Lead 11111' }), olga)).toMatchObject({
      state: 'inReview',
      reason: 'unauthenticatedSender',
    })
  })

  it('of several authors is for a person, and of two tenants is nobody’s', async () => {
    const two = await office.send(mail({ Subject: 'XYZ Lead 11111', From: 'anna@xyz.example, bert@xyz.example' }))
    expect(two).toMatchObject({ state: 'inReview', reason: 'severalAuthors', tenant: 'xyz' })
    const stranger = await office.send(mail({ Subject: 'XYZ Lead 11111', From: 'x@nowhere.example, bert@xyz.example' }))
    expect(stranger).toMatchObject({ state: 'inReview', reason: 'severalAuthors', tenant: 'xyz' })
    const torn = await office.send(mail({ Subject: 'XYZ Lead 11111', From: 'anna@xyz.example, olga@other.example' }))
    expect(torn).toMatchObject({ state: 'unroutable', reason: 'severalTenants', tenant: null })
    const sender = await office.send(mail({ Subject: 'XYZ Lead 11111', Sender: 'olga@other.example' }))
    expect(sender).toMatchObject({ state: 'inReview', reason: 'severalAuthors', tenant: 'xyz' })
  })

  it('whose domain nobody registered is stored under no tenant', async () => {
    const delivered = await office.send(mail({ Subject: 'XYZ Lead 11111', From: 'a@attacker.example' }))
    expect(delivered).toMatchObject({ state: 'unroutable', reason: 'senderDomainUnknown', tenant: null, mailId: null })
    expect(delivered.detail).toContain('registered')
  })

  it('under a display name that looks like a colleague is not that colleague', async () => {
    const delivered = await office.send(mail({ Subject: 'XYZ Lead 11111', From: '"anna@xyz.example" <b@attacker.example>' }))
    expect(delivered).toMatchObject({ state: 'unroutable' })
  })
})

describe('a reply from outside', () => {
  it('of a contact person of the lead is filed there, of a stranger waits, and without a thread is nobody’s', async () => {
    await office.send(mail({ Subject: 'XYZ Lead 11111', 'Message-ID': '<asked@xyz.example>' }))
    const reply = {
      From: 'Eva <eva@acme.example>',
      To: 'anna@xyz.example',
      Cc: crmAddress,
      Subject: 'Re: hello',
      'In-Reply-To': '<asked@xyz.example>',
    }
    const known = await office.send(mail(reply), { reversePath: 'eva@acme.example' })
    expect(known).toMatchObject({ state: 'appended', tenant: 'xyz', lead: '11111' })
    const entry = (await office.history('11111')).find(({ direction }) => direction === 'inbound')
    expect(entry?.from).toMatchObject({ address: 'eva@acme.example' })
    const stranger = await office.send(mail({ ...reply, From: 'someone@acme.example' }))
    expect(stranger).toMatchObject({ state: 'inReview', reason: 'outsideReply' })
    expect(await office.send(mail({ ...reply, 'In-Reply-To': '<unknown@xyz.example>' }))).toMatchObject({ state: 'unroutable' })
  })
})

describe('mail that is left out', () => {
  it('is internal mail without a number; with one it is filed', async () => {
    const internal = { To: 'bert@xyz.example', Cc: 'Anna <anna@home.example>' }
    expect(await office.send(mail({ ...internal, Subject: 'lunch' }))).toMatchObject({ state: 'ignored', reason: 'internalMail' })
    expect(await office.send(mail({ ...internal, Subject: 'XYZ Lead 11111' }))).toMatchObject({ state: 'appended', lead: '11111' })
  })

  it('is an automatic reply, a bounce, a mailing list', async () => {
    expect(await office.send(mail({ Subject: 'XYZ Lead 11111', 'Auto-Submitted': 'auto-replied' }))).toMatchObject({
      state: 'ignored',
      reason: 'automaticReply',
    })
    const bounce = mail(
      {
        Subject: 'Undelivered: XYZ Lead 11111',
        From: 'MAILER-DAEMON@xyz.example',
        'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
      },
      '--b\r\n\r\nno\r\n--b--',
    )
    expect(await office.send(bounce, { reversePath: '' })).toMatchObject({ state: 'ignored', reason: 'bounce' })
    const list = mail({
      Subject: 'XYZ Lead 11111',
      'List-Id': '<news.xyz.example>',
      'List-Unsubscribe': '<mailto:x@xyz.example>',
      Precedence: 'list',
    })
    expect(await office.send(list)).toMatchObject({ state: 'ignored', reason: 'mailingList' })
  })

  it('is mail with somebody on the never-log list: the row stays, the content is gone, be it in the row or in the blob store', async () => {
    const small = await office.admit(mail({ Subject: 'XYZ Lead 11111 secret', Cc: 'x@sub.lawyer.example' }, 'privileged words'))
    const large = await office.admit(
      mail({ Subject: 'XYZ Lead 11111 secret', Cc: 'boss@acme.example' }, `privileged words ${'x'.repeat(100_000)}`),
    )
    await office.processing.processDue()
    for (const id of [small, large]) {
      expect(await office.deliveryOf(id)).toMatchObject({ state: 'ignored', reason: 'neverLog', mailId: null, tenant: 'xyz' })
      const [raw] = await office.db.owner<{ content: Buffer | null; blob_key: string | null; erased_at: Date | null }>(
        'SELECT * FROM raw_message WHERE message_id = $1',
        [id],
      )
      expect(raw).toMatchObject({ content: null, blob_key: null })
      expect(raw?.erased_at).toBeInstanceOf(Date)
    }
    await expect(office.blobs.get(`messages/${large}`)).rejects.toMatchObject({ code: 'notFound' })
    const [left] = await office.db.owner<{ n: number }>(
      `SELECT count(*)::int AS n FROM mail WHERE text LIKE '%privileged%' OR subject LIKE '%secret%'`,
    )
    expect(left?.n).toBe(0)
    const [traces] = await office.db.owner<{ n: number }>(`SELECT count(*)::int AS n FROM delivery WHERE trace::text LIKE '%secret%'`)
    expect(traces?.n).toBe(0)
  })
})

describe('the never-log list', () => {
  it.each([
    ['a sub-address of somebody on it', { Cc: 'boss+news@acme.example' }],
    ['whom it was sent on to', { 'Resent-To': 'Boss <boss@acme.example>' }],
    ['who sent it on', { 'Resent-From': 'x@lawyer.example' }],
  ])('knows %s', async (_, header) => {
    expect(await office.send(mail({ Subject: 'XYZ Lead 11111', ...header }))).toMatchObject({ state: 'ignored', reason: 'neverLog' })
  })
})

describe('two tenants', () => {
  it('never see each other’s leads, contacts or mails', async () => {
    const foreign = await office.send(mail({ Subject: 'XYZ Lead 99999' }))
    expect(foreign).toMatchObject({ state: 'inReview', reason: 'unmatched', tenant: 'xyz' })
    expect((await confirmationOf(foreign.mailId))?.candidates.map(({ number }) => number)).not.toContain('99999')
    const same = { Subject: 'XYZ Lead 11111', 'Message-ID': '<shared@x.example>' }
    await office.send(mail(same, 'same words'))
    const others = await office.send(mail({ ...same, From: 'olga@deep.other.example' }, 'same words'), {
      reversePath: 'olga@other.example',
    })
    expect(others).toMatchObject({ state: 'appended', tenant: 'other', lead: '11111' })
    expect((await office.history('11111', 'other')).map(({ messageId }) => messageId)).toEqual(['<shared@x.example>'])
    const answered = await office.send(mail({ From: 'olga@other.example', Subject: 'Re: yours', 'In-Reply-To': '<first@xyz.example>' }))
    expect(answered).toMatchObject({ state: 'inReview', tenant: 'other', reason: 'unmatched' })
  })
})

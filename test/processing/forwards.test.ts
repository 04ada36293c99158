/** What a colleague forwards, against a real database: what is filed in its place, what is known again, what only proposes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MessageId } from '../../src/crm/ids.ts'
import { attachedMessagesMax } from '../../src/processing/read-attached.ts'
import { mail, type Office, openOffice } from './office.ts'

let office: Office
beforeAll(async () => {
  office = await openOffice()
})
afterAll(async () => {
  await office.close()
})

const forwardHeader = { To: 'crm@leadpost.example', Subject: 'WG: Plan' }
let minute = 0

/** An Outlook forward of a mail of `from`; each call another mail. */
function original(from: string, subject = 'Plan', text = 'Der Plan liegt bei.', to = 'Anna Arndt <anna@xyz.example>'): string {
  minute += 1
  return [
    `Von: ${from}`,
    `Gesendet: Montag, 2. November 2020 10:${String(minute).padStart(2, '0')}`,
    `An: ${to}`,
    `Betreff: ${subject}`,
    '',
    text,
  ].join('\r\n')
}
const eva = 'Eva Muster <eva@acme.example>'

function attached(header: Record<string, string>, ...messages: string[]): string {
  const parts = messages.map((message) => `--b\r\nContent-Type: message/rfc822\r\n\r\n${message}\r\n`)
  return mail(
    { ...forwardHeader, 'Content-Type': 'multipart/mixed; boundary=b', ...header },
    ['--b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n', ...parts, '--b--\r\n'].join(''),
  )
}

async function entryOf(id: string | null, lead: string) {
  const [row] = await office.db.owner<{ id: string }>('SELECT id FROM history_entry WHERE mail_id = $1', [id])
  return (await office.history(lead)).find((entry) => entry.id === row?.id)
}

describe('a forward by a colleague', () => {
  it('is filed as the mail that it forwards, and who forwarded it is noted with his words', async () => {
    const sent = await office.send(mail({ ...forwardHeader, Subject: 'WG: Plan 11111' }, `Bitte anrufen.\r\n\r\n${original(eva)}`))
    expect(sent).toMatchObject({ state: 'appended', lead: '11111' })
    expect(await entryOf(sent.mailId, '11111')).toMatchObject({
      direction: 'inbound',
      from: { address: 'eva@acme.example', name: 'Eva Muster' },
      subject: 'Plan',
      text: 'Der Plan liegt bei.',
      participants: [
        { address: 'eva@acme.example', as: 'forwardedFrom', contactPerson: 'eva' },
        { address: 'anna@xyz.example', as: 'forwardedTo', contactPerson: null },
      ],
      capturedBy: [{ address: 'anna@xyz.example', note: 'Bitte anrufen.' }],
    })
    expect(sent.trace).toMatchObject({ forward: { verdict: 'filed', how: 'inline', author: 'eva@acme.example', originals: 1 } })
  })

  it('under a subject without a number is filed by the number above it, and not by one that only looks like it', async () => {
    expect(await office.send(mail(forwardHeader, `XYZ Lead 22222\r\n\r\n${original(eva)}`))).toMatchObject({
      state: 'appended',
      lead: '22222',
    })
    expect(await office.send(mail(forwardHeader, `Tel. 22222\r\n\r\n${original(eva)}`))).toMatchObject({
      state: 'inReview',
      reason: 'unmatched',
    })
  })

  it('with one number in its subject and another above it is for a person', async () => {
    const sent = await office.send(mail({ ...forwardHeader, Subject: 'WG: Plan 11111' }, `Lead 22222\r\n\r\n${original(eva)}`))
    expect(sent).toMatchObject({ state: 'inReview', reason: 'ambiguous' })
  })

  it('of a lead that only the inner subject names is proposed and never filed', async () => {
    const sent = await office.send(mail(forwardHeader, original('new@nowhere.example', 'Bestellung 33333')))
    expect(sent).toMatchObject({ state: 'inReview', reason: 'unmatched' })
    const waiting = (await office.confirmations()).find(({ from }) => from?.address === 'new@nowhere.example')
    expect(waiting?.candidates).toMatchObject([
      { lead: '33333', evidence: [{ code: 'numberInForwardedSubject', detail: '33333', for: true }] },
    ])
  })

  it('of somebody on the never-log list keeps nothing, whoever forwards it and whether or not it could be filed', async () => {
    const lawyer = 'Kanzlei <office@lawyer.example>'
    for (const how of [{}, { fromTrustedNetwork: false, clientAddress: '203.0.113.9' }])
      expect(await office.send(mail({ ...forwardHeader, Subject: 'WG: Plan 11111' }, original(lawyer)), how)).toMatchObject({
        state: 'ignored',
        reason: 'neverLog',
        mailId: null,
      })
    const inner = mail({ From: lawyer, To: 'anna@xyz.example' })
    expect(await office.send(attached({ Subject: 'WG: 11111' }, mail({ From: eva }), inner))).toMatchObject({
      state: 'ignored',
      reason: 'neverLog',
    })
  })

  it('by somebody who is not proved to be a colleague replaces nothing', async () => {
    const raw = mail({ ...forwardHeader, Subject: 'WG: Plan 11111' }, original(eva))
    const sent = await office.send(raw, { fromTrustedNetwork: false, clientAddress: '203.0.113.9' })
    expect(sent).toMatchObject({ state: 'inReview', reason: 'unauthenticatedSender' })
    const waiting = (await office.confirmations()).at(-1)
    expect(waiting?.from?.address).toBe('anna@xyz.example')
    expect(sent.trace).toMatchObject({ forward: { verdict: 'notFit' } })
  })

  it('that answers a client, or goes to one, is the colleague’s own mail', async () => {
    const toEva = await office.send(mail({ To: eva, Subject: 'WG: Plan 11111' }, original('Gus <gus@globex.example>')))
    expect(await entryOf(toEva.mailId, '11111')).toMatchObject({ direction: 'outbound', from: { address: 'anna@xyz.example' } })
    const reply = await office.send(mail({ To: eva, Subject: 'AW: Plan 11111' }, `Danke!\r\n\r\n${original(eva)}`))
    expect(await entryOf(reply.mailId, '11111')).toMatchObject({
      direction: 'outbound',
      from: { address: 'anna@xyz.example' },
      text: 'Danke!',
    })
  })

  it('through two clients, by two colleagues, is one entry', async () => {
    const text = original(eva, 'Doppelt', 'Bitte rufen Sie mich an, es eilt sehr.')
    const [, sentAt = ''] = text.split('\r\n')
    const gmail = [
      '---------- Forwarded message ---------',
      `Von: ${eva}`,
      `Date: ${sentAt.replace('Gesendet: ', '')}`,
      'Subject: Doppelt',
      'To: <anna@xyz.example>',
      '',
      '',
      'Bitte rufen Sie mich an,',
      'es eilt sehr.',
    ].join('\r\n')
    const first = await office.send(mail({ ...forwardHeader, Subject: 'WG: Doppelt 11111' }, text))
    const second = await office.send(mail({ ...forwardHeader, From: 'bert@xyz.example', Subject: 'Fwd: Doppelt 11111' }, gmail), {
      reversePath: 'bert@xyz.example',
    })
    expect(first.state).toBe('appended')
    expect(second).toMatchObject({ state: 'ignored', reason: 'duplicate', mailId: first.mailId })
    expect((await entryOf(first.mailId, '11111'))?.capturedBy.map(({ address }) => address)).toEqual([
      'anna@xyz.example',
      'bert@xyz.example',
    ])
  })

  it('of several attached mails makes an entry of each, at the lead that each belongs to', async () => {
    const raw = attached(
      { Subject: 'WG: 11111' },
      mail({ From: eva, Subject: 'one' }),
      mail({ From: eva, Subject: 'two' }),
      mail({ From: eva, Subject: 'three' }),
    )
    const sent = await office.send(raw)
    expect(sent).toMatchObject({ state: 'appended', lead: '11111' })
    const subjects = (await office.history('11111')).map(({ subject }) => subject)
    expect(subjects).toEqual(expect.arrayContaining(['one', 'two', 'three']))
    // The same again changes nothing.
    expect(await office.send(raw)).toMatchObject({ state: 'ignored', reason: 'duplicate' })
    expect((await office.history('11111')).map(({ subject }) => subject)).toEqual(subjects)
  })

  it('of several attached mails files those that are clear and asks about the others', async () => {
    const raw = attached(
      { Subject: 'WG: 11111' },
      mail({ From: eva, Subject: 'clear' }),
      mail({ From: 'gus@globex.example', To: 'anna@xyz.example', Subject: 'of Globex' }),
    )
    const sent = await office.send(raw)
    expect(sent).toMatchObject({ state: 'inReview', reason: 'contradiction' })
    expect((await office.history('11111')).map(({ subject }) => subject)).toContain('clear')
    expect((await office.confirmations()).map(({ subject }) => subject)).toContain('of Globex')
  })

  it('of the same mail twice, or of one that came by itself in the same batch, is one entry', async () => {
    const inner = mail({ From: eva, Subject: 'twice 11111', 'Message-ID': '<twice-inside@acme.example>' })
    const ids = [await office.admit(inner), await office.admit(attached({ Subject: 'WG: 11111' }, inner, inner))]
    await office.processing.processDue()
    const [, forwarded] = await Promise.all(ids.map((id) => office.deliveryOf(id)))
    expect(forwarded?.state).toBe('appended')
    expect((await office.history('11111')).filter(({ messageId }) => messageId === '<twice-inside@acme.example>')).toHaveLength(1)
  })

  it('of overlapping mails, by many workers at once, files each original once', async () => {
    const others = [await office.another(), await office.another()]
    const inner = Array.from({ length: 12 }, (_, n) =>
      mail({ From: eva, Subject: `overlap ${n}`, 'Message-ID': `<overlap-${n}@acme.example>` }, `words ${n}`),
    )
    const pick = (n: number): string[] => [0, 1, 2].map((step) => inner[(n + step * 5) % inner.length] ?? '')
    const ids: MessageId[] = []
    for (let n = 0; n < 24; n++) ids.push(await office.admit(attached({ Subject: 'WG: 22222' }, ...pick(n))))
    for (const one of inner) ids.push(await office.admit(one.replace('Subject: ', 'Subject: 22222 ')))
    await Promise.all([office.processing, ...others].map((each) => each.processDue()))
    for (const each of [office.processing, ...others]) await each.processDue()
    const states = await Promise.all(ids.map(async (id) => (await office.deliveryOf(id)).state))
    expect(new Set(states.slice(0, 24))).not.toContain('failed')
    const [row] = await office.db.owner<{ mails: number; entries: number; orphans: number }>(
      `SELECT count(DISTINCT m.id)::int AS mails, count(h.id)::int AS entries,
         (SELECT count(*)::int FROM mail o WHERE NOT EXISTS (SELECT FROM capture c WHERE c.mail_id = o.id)) AS orphans
       FROM mail m LEFT JOIN history_entry h ON h.mail_id = m.id WHERE m.subject LIKE 'overlap %'`,
    )
    expect(row).toEqual({ mails: 12, entries: 12, orphans: 0 })
  })

  it('of more attached mails than are read loses none', async () => {
    const many = Array.from({ length: attachedMessagesMax + 2 }, (_, n) => mail({ From: eva, Subject: `bulk ${n}` }))
    const sent = await office.send(attached({ Subject: 'WG: 11111' }, ...many))
    expect(sent).toMatchObject({ state: 'inReview', reason: 'unreadable', trace: { forward: { verdict: 'tooMany' } } })
    const [row] = await office.db.owner<{ files: number }>('SELECT count(*)::int AS files FROM attachment WHERE mail_id = $1', [
      sent.mailId,
    ])
    expect(row?.files).toBe(attachedMessagesMax + 2)
  })
})

describe('a thread', () => {
  it('that names mails nobody has tells how many are missing, until they come', async () => {
    const late = { Subject: 'XYZ Lead 11111', 'Message-ID': '<late@xyz.example>' }
    const references = { References: '<late@xyz.example> <never@xyz.example>', 'In-Reply-To': '<never@xyz.example>' }
    const sent = await office.send(mail({ Subject: 'Re: XYZ Lead 11111', ...references }))
    expect(sent.trace).toMatchObject({ missingEarlier: 2 })
    expect(await entryOf(sent.mailId, '11111')).toMatchObject({ missingEarlier: 2 })
    await office.send(mail(late))
    expect(await entryOf(sent.mailId, '11111')).toMatchObject({ missingEarlier: 1 })
  })

  it('in which an author outside writes more than people do is no longer filed by itself', async () => {
    const first = await office.send(mail({ Subject: 'XYZ Lead 11111', 'Message-ID': '<storm@xyz.example>' }))
    expect(first.state).toBe('appended')
    const answer = () => mail({ From: eva, To: 'anna@xyz.example', Subject: 'Re: XYZ Lead', 'In-Reply-To': '<storm@xyz.example>' })
    const states: string[] = []
    for (let n = 0; n < 104; n++) states.push((await office.send(answer(), { reversePath: 'eva@acme.example' })).state)
    expect(states.slice(0, 90)).toEqual(states.slice(0, 90).map(() => 'appended'))
    expect(states.at(-1)).toBe('inReview')
    const waiting = (await office.confirmations()).at(-1)
    expect(waiting?.reasons).toEqual(['outsideReply'])
    expect(waiting?.evidence.map(({ code }) => code)).toContain('manyFromSender')
  }, 60_000)
})

describe('a bounce', () => {
  const bounce = (id: string, failed: string, more: Record<string, string> = {}): string =>
    mail(
      {
        From: 'Mail Delivery System <mailer-daemon@xyz.example>',
        To: 'anna@xyz.example',
        Subject: 'Undelivered Mail',
        'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b',
        ...more,
      },
      `--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; ${failed}\r\nAction: failed\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: ${id}\r\nFrom: anna@xyz.example\r\n\r\nhello\r\n--b--\r\n`,
    )

  it('of a mail on file is noted there, only for those whom that mail had gone to, and only where it is believed', async () => {
    const sent = await office.send(mail({ Subject: 'XYZ Lead 11111', 'Message-ID': '<bounced@xyz.example>' }))
    const untrusted = { reversePath: '', fromTrustedNetwork: false, clientAddress: '203.0.113.9' }
    await office.send(bounce('<bounced@xyz.example>', 'eva@acme.example'), untrusted)
    await office.send(bounce('<bounced@xyz.example>', 'somebody@else.example'), { reversePath: '' })
    expect(await entryOf(sent.mailId, '11111')).toMatchObject({ undelivered: [] })
    const reported = await office.send(bounce('<bounced@xyz.example>', 'eva@acme.example'), { reversePath: '' })
    expect(await entryOf(sent.mailId, '11111')).toMatchObject({ undelivered: ['eva@acme.example'] })
    expect(reported.trace).toMatchObject({ report: { messageId: '<bounced@xyz.example>', failed: ['eva@acme.example'] } })
  })

  it('of a mail of nobody’s is ignored, whatever number its subject quotes', async () => {
    const sent = await office.send(bounce('<of-nobody@xyz.example>', 'eva@acme.example', { Subject: 'Undelivered: XYZ Lead 11111' }))
    expect(sent).toMatchObject({ state: 'ignored', reason: 'bounce' })
  })
})

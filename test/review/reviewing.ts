/** Reviewers at work in the office of test/processing: mails that wait, answers, and whether all that is written still agrees. */
import { expect } from 'vitest'
import type { ConfirmationId, HistoryEntryId, MailId, TenantId, UserId } from '../../src/crm/ids.ts'
import type { UserRole } from '../../src/crm/policy.ts'
import { answerConfirmation, type Answer } from '../../src/review/answer.ts'
import type { Reviewer } from '../../src/review/reviewer.ts'
import type { ConfirmationRow } from '../../src/store/confirmation-rows.ts'
import { crmAddress, mail, type Office } from '../processing/office.ts'

export interface Desk {
  readonly office: Office
  readonly tenantId: TenantId
  /** Hands in and processes; what became of it. */
  readonly send: Office['send']
  /** Somebody without an account, as an API key is, unless `email` is a user's. */
  as(email: string, role?: UserRole, at?: Date): Reviewer
  /** A mail that waits for a person. */
  waiting(fields?: Record<string, string | null>, text?: string): Promise<Waiting>
  /** A mail that a rule has filed with lead 11111. */
  filed(fields?: Record<string, string | null>): Promise<Filed>
  answer(id: ConfirmationId, answer: Answer, by?: Reviewer): Promise<ConfirmationRow>
  /** The live entry of a mail. */
  entryOf(mailId: MailId): Promise<{ id: HistoryEntryId; lead: string; decidedBy: string } | null>
  openOf(mailId: MailId): Promise<ConfirmationId | null>
  deliveriesOf(mailId: MailId): Promise<{ state: string; reason: string | null; lead: string | null }[]>
  actions(mailId: MailId): Promise<string[]>
  /** Every mail stands in one named state, and each of its deliveries says so. */
  checkAll(only?: MailId): Promise<void>
}

export interface Waiting {
  readonly id: ConfirmationId
  readonly mailId: MailId
  readonly raw: string
}

export interface Filed {
  readonly id: HistoryEntryId
  readonly mailId: MailId
  readonly raw: string
}

export async function openDesk(office: Office): Promise<Desk> {
  const { db } = office
  const [tenant] = await db.owner<{ id: TenantId }>(`SELECT id FROM tenant WHERE slug = 'xyz'`)
  if (tenant === undefined) throw new Error('no tenant')
  const tenantId = tenant.id
  const users = await db.owner<{ id: UserId; email: string }>('SELECT id, email FROM user_account WHERE tenant_id = $1', [tenantId])
  const as: Desk['as'] = (email, role = 'reviewer', at = new Date()) => ({
    tenantId,
    role,
    actor: email,
    userId: users.find((user) => user.email === email)?.id ?? null,
    at,
  })
  const send: Office['send'] = async (raw, how) => {
    const id = await office.admit(raw, how)
    // When it is due is kept in whole milliseconds, and so may be half a one ahead.
    for (let delivered = await office.deliveryOf(id); ; delivered = await office.deliveryOf(id)) {
      if (delivered.state !== 'received') return delivered
      await office.processing.processDue()
    }
  }
  const desk: Desk = {
    office,
    send,
    tenantId,
    as,
    async waiting(fields = {}, text) {
      const raw = mail(fields, text)
      const delivered = await send(raw)
      expect(delivered).toMatchObject({ state: 'inReview' })
      const mailId = delivered.mailId as MailId
      const id = await desk.openOf(mailId)
      if (id === null) throw new Error('nothing waits')
      return { id, mailId, raw }
    },
    async filed(fields = {}) {
      const raw = mail({ Subject: 'XYZ Lead 11111', ...fields })
      const delivered = await send(raw)
      expect(delivered.state).toBe('appended')
      const mailId = delivered.mailId as MailId
      const entry = await desk.entryOf(mailId)
      if (entry === null) throw new Error('nothing was filed')
      return { id: entry.id, mailId, raw }
    },
    answer: async (id, answer, by = as('rita@xyz.example')) => await answerConfirmation(office.database, by, id, answer, [crmAddress]),
    async entryOf(mailId) {
      const rows = await db.owner<{ id: HistoryEntryId; lead: string; decidedBy: string }>(
        `SELECT h.id, l.number AS lead, h.decided_by AS "decidedBy" FROM history_entry h JOIN lead l ON l.id = h.lead_id
         WHERE h.mail_id = $1 AND h.undone_at IS NULL`,
        [mailId],
      )
      return rows[0] ?? null
    },
    async openOf(mailId) {
      const rows = await db.owner<{ id: ConfirmationId }>('SELECT id FROM confirmation WHERE mail_id = $1 AND settled_at IS NULL', [mailId])
      return rows[0]?.id ?? null
    },
    deliveriesOf: async (mailId) =>
      await db.owner(
        `SELECT d.state, d.reason, l.number AS lead FROM delivery d LEFT JOIN lead l ON l.id = d.lead_id WHERE d.mail_id = $1 ORDER BY d.id`,
        [mailId],
      ),
    async actions(mailId) {
      const rows = await db.owner<{ action: string; actor: string }>(
        'SELECT action, actor FROM audit_entry WHERE subject = $1 ORDER BY at, id',
        [mailId],
      )
      return rows.map(({ action, actor }) => `${actor} ${action}`)
    },
    checkAll: async (only) => await checkAll(office, only ?? null),
  }
  return desk
}

interface State {
  readonly subject: string
  readonly live: number
  readonly open: number
  readonly dismissed: boolean
  /** Copies were sent to two leads: it stands at one, and a person is asked. */
  readonly torn: boolean
  readonly deliveries: readonly { readonly state: string; readonly reason: string | null; readonly right: boolean }[] | null
}

async function checkAll({ db }: Office, only: MailId | null): Promise<void> {
  const rows = await db.owner<State>(
    `SELECT m.subject, (SELECT count(*)::int FROM history_entry h WHERE h.mail_id = m.id AND h.undone_at IS NULL) AS live,
       (SELECT count(*)::int FROM confirmation c WHERE c.mail_id = m.id AND c.settled_at IS NULL) AS open,
       EXISTS (SELECT FROM confirmation c WHERE c.mail_id = m.id AND c.answer->>'kind' = 'dismiss') AS dismissed,
       EXISTS (SELECT FROM confirmation c WHERE c.mail_id = m.id AND c.settled_at IS NULL AND 'contradiction' = ANY(c.reasons)) AS torn,
       (SELECT jsonb_agg(jsonb_build_object('state', d.state, 'reason', d.reason, 'right',
          d.lead_id IS NOT DISTINCT FROM (SELECT h.lead_id FROM history_entry h WHERE h.mail_id = m.id AND h.undone_at IS NULL)))
        FROM delivery d WHERE d.mail_id = m.id) AS deliveries
     FROM mail m WHERE $1::uuid IS NULL OR m.id = $1`,
    [only],
  )
  for (const { subject, live, open, dismissed, torn, deliveries } of rows) {
    expect(live + open, `${subject}: at most one entry or one question`).toBeLessThanOrEqual(torn ? 2 : 1)
    const expected = live + open === 2 ? 'inReview' : live === 1 ? 'appended' : open === 1 ? 'inReview' : 'ignored'
    if (expected === 'ignored') expect(dismissed, `${subject}: somebody dismissed it`).toBe(true)
    for (const { state, reason, right } of deliveries ?? []) {
      expect(right, `${subject}: a delivery names the lead`).toBe(true)
      if (reason !== 'duplicate' && !torn) expect(state, subject).toBe(expected)
    }
    if (torn)
      expect(
        deliveries?.some(({ state }) => state === 'inReview'),
        `${subject}: one waits`,
      ).toBe(true)
    // A mail that was forwarded beside another may have none of its own.
    if (deliveries !== null)
      expect(
        deliveries.some(({ reason }) => reason !== 'duplicate'),
        `${subject}: one stands for it`,
      ).toBe(true)
  }
}

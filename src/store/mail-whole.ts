/** One mail whole, as a reader sees it: people, text, files, who captured it. For confirming and for the history alike. */
import type { CompanyId, ContactPersonId, MailId, MessageId, TenantId } from '../crm/ids.ts'
import type { Defect } from '../mail/message.ts'
import { readNewestText } from '../mail/newest-text.ts'
import type { Sql } from './database.ts'
import type { NewParticipant } from './settle-rows.ts'

export interface ParticipantView {
  readonly address: string
  readonly name: string | null
  readonly as: NewParticipant['role']
  /** The other system's key, or null where the address is unknown or the person has none. */
  readonly contactPerson: string | null
  readonly contactPersonId: ContactPersonId | null
  readonly company: { readonly id: CompanyId; readonly name: string } | null
  /** One of the tenant's own people: a user's address, or under one of its host names. */
  readonly own: boolean
  readonly undelivered: boolean
}

export interface AttachmentView {
  readonly position: number
  readonly fileName: string
  readonly mediaType: string
  readonly bytes: number
  readonly sha256: string
  readonly inline: boolean
}

export interface CaptureView {
  readonly address: string
  readonly channel: string
  /** RFC 3339, in UTC. */
  readonly at: string
  /** What a forwarder wrote above it. */
  readonly note?: string
}

export interface MailWhole {
  readonly id: MailId
  readonly messageId: string | null
  readonly subject: string
  readonly from: { readonly address: string; readonly name: string | null } | null
  readonly direction: 'outbound' | 'inbound' | 'internal'
  readonly occurredAt: string
  readonly receivedAt: string
  readonly participants: ParticipantView[]
  readonly newestText: string
  /** The signature and what is quoted or forwarded below the newest text; null where there is nothing more. */
  readonly quotedText: string | null
  readonly html: { readonly remoteContents: number } | null
  readonly attachments: AttachmentView[]
  readonly capturedBy: CaptureView[]
  readonly automatic: string | null
  /** How many mails of its thread, as its header names them, are not on file. */
  readonly missingEarlier: number
  /** Codes. */
  readonly defects: string[]
  /** Its copies as they came in, oldest first. */
  readonly messages: MessageId[]
}

/** A mail and what its reader need not see. */
export interface ReadMailResult {
  readonly mail: MailWhole
  readonly html: string | null
  /** Only whoever captured or wrote it and the admins may see its content (store/viewer.ts, `isMailOfSql`). */
  readonly private: boolean
  readonly erased: boolean
}

const array = (rows: string): string => `coalesce((SELECT jsonb_agg(x) FROM (${rows}) x), '[]')`

/** RFC 3339 in UTC with milliseconds, as Date.toISOString writes it. */
export const timeText = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

/** Whether `address` (a canonical address, or null) is one of the tenant's own people's; $1 is the tenant. */
export const isOwnSql = (address: string): string => `(${address} IS NOT NULL AND (
    EXISTS (SELECT FROM user_account u WHERE u.tenant_id = $1 AND u.email = ${address})
    OR EXISTS (SELECT FROM user_address u WHERE u.tenant_id = $1 AND u.address_key = ${address})
    OR EXISTS (SELECT FROM host_name n WHERE n.tenant_id = $1 AND (n.vouched_for OR n.proven_at IS NOT NULL)
      AND (split_part(${address}, '@', 2) = n.name OR n.subdomains AND right(split_part(${address}, '@', 2), length(n.name) + 1) = '.' || n.name))))`

/** Columns of a participant as `ParticipantView`; `p`, its contact person `k` and company `y` are joined by `participantJoins`; $1 is the tenant. */
const participantColumns = `p.address, p.name, p.role AS "as", k.key AS "contactPerson", k.id AS "contactPersonId",
    CASE WHEN y.id IS NOT NULL THEN jsonb_build_object('id', y.id, 'name', y.name) END AS company,
    ${isOwnSql('p.address_key')} AS own, p.undelivered_at IS NOT NULL AS undelivered`
const participantJoins = `LEFT JOIN contact_person k ON k.tenant_id = $1 AND k.id = p.contact_person_id
    LEFT JOIN company y ON y.tenant_id = $1 AND y.id = k.company_id`

const mailSql = `SELECT m.id, m.message_id AS "messageId", m.subject, m.from_address AS "fromAddress", m.from_name AS "fromName", m.direction,
    m.occurred_at AS "occurredAt", m.received_at AS "receivedAt", m.newest_text AS "newestText", m.text, m.html, m.automatic, m.defects,
    m.private_at IS NOT NULL AS private, m.erased_at IS NOT NULL AS erased,
    ${array(`SELECT ${participantColumns} FROM participant p ${participantJoins}
      WHERE p.tenant_id = $1 AND p.mail_id = m.id ORDER BY p.position`)} AS participants,
    ${array(`SELECT position, file_name AS "fileName", media_type AS "mediaType", bytes, sha256, inline
      FROM attachment a WHERE a.tenant_id = $1 AND a.mail_id = m.id ORDER BY position`)} AS attachments,
    ${array(`SELECT jsonb_strip_nulls(jsonb_build_object('address', c.address, 'channel', c.channel, 'at', ${timeText('c.at')}, 'note', c.note)) AS one
      FROM capture c WHERE c.tenant_id = $1 AND c.mail_id = m.id ORDER BY c.at, c.delivery_id`)} AS captures,
    ${array(`SELECT d.message_id AS id FROM capture c JOIN delivery d ON d.id = c.delivery_id AND d.tenant_id = $1
      WHERE c.tenant_id = $1 AND c.mail_id = m.id ORDER BY c.at, c.delivery_id`)} AS messages,
    (SELECT count(*)::int FROM unnest(m.earlier) AS e(hash)
      WHERE NOT EXISTS (SELECT FROM mail o WHERE o.tenant_id = $1 AND o.message_id_hash = e.hash)) AS "missingEarlier"
  FROM mail m WHERE m.tenant_id = $1 AND m.id = $2`

type MailRow = Omit<MailWhole, 'from' | 'occurredAt' | 'receivedAt' | 'quotedText' | 'html' | 'capturedBy' | 'defects' | 'messages'> & {
  readonly fromAddress: string | null
  readonly fromName: string | null
  readonly occurredAt: Date
  readonly receivedAt: Date
  readonly text: string
  readonly html: string | null
  readonly defects: readonly Defect[]
  readonly private: boolean
  readonly erased: boolean
  readonly captures: readonly { readonly one: CaptureView }[]
  readonly messages: readonly { readonly id: MessageId }[]
}

/**
 * Null where the tenant has no such mail. `remoteContentsOf` counts what its HTML would fetch from elsewhere; who may see it is for the caller
 * to say (`private`).
 */
export async function readMail(
  sql: Sql,
  tenantId: TenantId,
  mailId: MailId,
  remoteContentsOf: (html: string) => number,
): Promise<ReadMailResult | null> {
  const [row] = await sql.rows<MailRow>(mailSql, [tenantId, mailId])
  if (row === undefined) return null
  const {
    fromAddress,
    fromName,
    occurredAt,
    receivedAt,
    text,
    html,
    defects,
    captures,
    messages,
    private: isPrivate,
    erased,
    ...rest
  } = row
  const mail: MailWhole = {
    ...rest,
    from: fromAddress === null ? null : { address: fromAddress, name: fromName },
    occurredAt: occurredAt.toISOString(),
    receivedAt: receivedAt.toISOString(),
    quotedText: quotedTextOf(text),
    html: html === null ? null : { remoteContents: remoteContentsOf(html) },
    capturedBy: captures.map(({ one }) => one),
    defects: [...new Set(defects.map(({ code }) => code))],
    messages: messages.map(({ id }) => id),
  }
  return { mail, html, private: isPrivate, erased }
}

/** The people of several mails, each in the order of its header. One statement. */
export async function readParticipants(
  sql: Sql,
  tenantId: TenantId,
  mailIds: readonly MailId[],
): Promise<(mailId: MailId | null) => ParticipantView[]> {
  if (mailIds.length === 0) return () => []
  const rows = await sql.rows<ParticipantView & { mailId: MailId }>(
    `SELECT p.mail_id AS "mailId", ${participantColumns} FROM participant p ${participantJoins}
     WHERE p.tenant_id = $1 AND p.mail_id = ANY($2) ORDER BY p.mail_id, p.position`,
    [tenantId, mailIds],
  )
  const byMail = Map.groupBy(rows, (row) => row.mailId)
  return (mailId) => (mailId === null ? [] : (byMail.get(mailId) ?? [])).map(withoutMail)
}

function withoutMail({ address, name, as, contactPerson, contactPersonId, company, own, undelivered }: ParticipantView): ParticipantView {
  return { address, name, as, contactPerson, contactPersonId, company, own, undelivered }
}

/** Nothing of the text may be missing from what is shown: the signature is folded together with the quotes. */
function quotedTextOf(text: string): string | null {
  const { quotedText, signature } = readNewestText(text)
  const folded = [signature ?? '', quotedText].filter((part) => part !== '').join('\n\n')
  return folded === '' ? null : folded
}

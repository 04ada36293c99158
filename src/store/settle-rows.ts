/** What is written about one mail when it is settled, and how that becomes rows. */
import type { ConfirmationId, HistoryEntryId, LeadId, MailId, MessageId } from '../crm/ids.ts'
import { newId } from '../id.ts'
import type { AutomaticKind, Defect, IntakeChannel } from '../mail/message.ts'
import type { ConfirmReason, Evidence, IgnoreReason, RankedCandidate } from '../matching/decision.ts'
import type { Claim } from './claim.ts'
import { searchKeyOf } from './confirmation-key.ts'
import type { CopyRow } from './facts.ts'

export interface NewParticipant {
  readonly role: 'from' | 'to' | 'cc' | 'bcc' | 'forwardedFrom' | 'forwardedTo' | 'forwardedCc'
  readonly address: string
  readonly addressKey: string | null
  readonly name: string | null
  readonly contactPersonId: string | null
}

export interface NewAttachment {
  readonly fileName: string
  readonly mediaType: string
  readonly bytes: number
  readonly sha256: string
  readonly inline: boolean
  readonly contentId: string | null
  /** Its bytes, or the key under which the blob store has them already. */
  readonly content: Uint8Array | null
  readonly blobKey: string | null
}

/** The columns of a mail's own row. */
export interface MailColumns {
  readonly id: MailId
  readonly contentFingerprint: string
  readonly messageId: string | null
  /** Hex. */
  readonly messageIdHash: string | null
  readonly subject: string
  readonly fromAddress: string | null
  readonly fromName: string | null
  readonly direction: 'outbound' | 'inbound' | 'internal'
  readonly occurredAt: Date
  readonly receivedAt: Date
  /** Long texts may come as UTF-8. */
  readonly newestText: string | Uint8Array
  readonly text: string | Uint8Array
  readonly html: string | Uint8Array | null
  readonly defects: readonly Defect[]
  readonly automatic: AutomaticKind | null
  /** Hex of the hashes of the ids that it answers. */
  readonly earlier: readonly string[]
  /** Hex. */
  readonly likeness: string | null
}

export interface NewMail {
  readonly columns: MailColumns
  readonly participants: readonly NewParticipant[]
  readonly attachments: readonly NewAttachment[]
}

/** `erase`: on the never-log list; nothing of the mail is written, and its bytes go. */
export type Outcome =
  | { readonly kind: 'append'; readonly leadId: LeadId; readonly evidence: readonly Evidence[] }
  | {
      readonly kind: 'confirm'
      readonly reasons: readonly ConfirmReason[]
      readonly candidates: readonly RankedCandidate[]
      readonly evidence: readonly Evidence[]
    }
  | { readonly kind: 'ignore'; readonly reason: IgnoreReason; readonly evidence: readonly Evidence[] }
  | { readonly kind: 'erase'; readonly evidence: readonly Evidence[] }

/** One mail, and what becomes of it. */
export interface SettledMail {
  readonly outcome: Outcome
  /** The mail to write; or the one that the tenant has already, as it was when the outcome was found; neither where it is erased. */
  readonly mail: { readonly kind: 'new'; readonly mail: NewMail } | { readonly kind: 'known'; readonly copy: CopyRow } | null
  /** What a forwarder wrote above it. */
  readonly note?: string | null
  /** What a question about it asks for (asked-keys.ts). */
  readonly asks?: readonly string[]
}

export interface Settlement extends Claim, SettledMail {
  readonly messageId: MessageId
  /** Beside the one that the delivery stands for: the other mails that were forwarded with it, each with an outcome of its own. */
  readonly further?: readonly SettledMail[]
  /** Mails on file of which this one reports that they did not reach somebody. */
  readonly undelivered?: readonly { readonly mailId: MailId; readonly address: string }[]
  readonly capture: { readonly address: string; readonly channel: IntakeChannel; readonly at: Date }
  /** The outcome in words, or null where its code says enough. */
  readonly detail: string | null
  readonly trace: object
}

/** Rows of every table but `mail`, keyed as the statement names them. */
export interface SettleRows {
  readonly participants: object[]
  readonly blobs: object[]
  readonly attachments: object[]
  readonly captures: object[]
  readonly entries: object[]
  readonly confirmations: object[]
  readonly closed: object[]
  readonly audits: object[]
  readonly undelivered: object[]
  readonly deliveries: object[]
}

/** To be filled: by the program for mail that came in, by a person's answer (store/answer-rows.ts) for mail that is here. */
export function noRows(): SettleRows {
  return {
    participants: [],
    blobs: [],
    attachments: [],
    captures: [],
    entries: [],
    confirmations: [],
    closed: [],
    audits: [],
    undelivered: [],
    deliveries: [],
  }
}

/** `searchKeys` of the mails that the tenant has already and of which a person is asked. */
export function settleRowsOf(settlements: readonly Settlement[], searchKeys: ReadonlyMap<MailId, string>, decidedAt: Date): SettleRows {
  const rows = noRows()
  for (const settlement of settlements) {
    const { outcome } = settlement
    const mailId = mailIdOf(settlement)
    for (const each of mailsOf(settlement)) addMail(rows, settlement, each, { searchKeys, decidedAt })
    rows.undelivered.push(...(settlement.undelivered ?? []))
    rows.deliveries.push({
      id: settlement.deliveryId,
      state: outcome.kind === 'append' ? 'appended' : outcome.kind === 'confirm' ? 'inReview' : 'ignored',
      reason: reasonOf(outcome),
      detail: settlement.detail,
      leadId: leadOf(settlement),
      mailId,
      trace: settlement.trace,
    })
  }
  return rows
}

/** The mail that the delivery stands for, and those beside it. */
export function mailsOf(settlement: Settlement): readonly SettledMail[] {
  return [settlement, ...(settlement.further ?? [])]
}

function mailIdOf({ mail }: SettledMail): MailId | null {
  if (mail === null) return null
  return mail.kind === 'new' ? mail.mail.columns.id : mail.copy.mailId
}

interface Circumstances {
  readonly searchKeys: ReadonlyMap<MailId, string>
  readonly decidedAt: Date
}

function addMail(rows: SettleRows, { deliveryId, capture }: Settlement, settled: SettledMail, circumstances: Circumstances): void {
  const { mail, outcome, note = null } = settled
  const mailId = mailIdOf(settled)
  if (mail?.kind === 'new') addParts(rows, mail.mail)
  if (mailId !== null) rows.captures.push({ deliveryId, mailId, ...capture, note })
  const effect = addEffect(rows, settled, mailId, circumstances)
  rows.audits.push({
    id: newId(),
    actor: 'rule',
    action: actionOf(settled),
    subject: mailId ?? deliveryId,
    detail: { deliveryId, leadId: leadOf(settled), reason: reasonOf(outcome), ...effect },
  })
}

function addParts(rows: SettleRows, mail: NewMail): void {
  for (const [position, participant] of mail.participants.entries())
    rows.participants.push({ mailId: mail.columns.id, position, ...participant })
  for (const [position, { content, blobKey, ...attachment }] of mail.attachments.entries()) {
    const bytes = content === null ? null : Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('base64')
    rows.blobs.push({ sha256: attachment.sha256, bytes: attachment.bytes, content: bytes, blobKey })
    rows.attachments.push({ mailId: mail.columns.id, position, ...attachment })
  }
}

/** Answers the ids of what comes of it, for the audit trail. */
function addEffect(
  rows: SettleRows,
  { outcome, mail, asks }: SettledMail,
  mailId: MailId | null,
  { searchKeys, decidedAt }: Circumstances,
): { readonly entryId?: HistoryEntryId; readonly confirmationId?: ConfirmationId } {
  if (mailId === null || mail === null) return {}
  if (outcome.kind === 'append') {
    const id = newId<HistoryEntryId>()
    const { leadId, evidence } = outcome
    rows.entries.push({ id, leadId, mailId, ...ofNewMail(mail), recordedAt: decidedAt, evidence, decidedBy: 'rule' })
    const open = mail.kind === 'known' ? mail.copy.openConfirmationId : null
    if (open === null) return { entryId: id }
    rows.closed.push({ id: open, at: decidedAt, by: 'rule', answer: { kind: 'append', leadId, entryId: id } })
    return { entryId: id, confirmationId: open }
  }
  if (outcome.kind !== 'confirm') return {}
  const id = newId<ConfirmationId>()
  const { reasons, candidates, evidence } = outcome
  const searchKey = mail.kind === 'new' ? searchKeyOfMail(mail.mail) : (searchKeys.get(mailId) ?? '')
  rows.confirmations.push({ id, mailId, reasons, candidates, evidence, openedAt: decidedAt, searchKey, asks })
  return { confirmationId: id }
}

/** What an entry repeats of its mail; of one that is here already, the statement looks it up. */
function ofNewMail(mail: NonNullable<SettledMail['mail']>): object {
  if (mail.kind === 'known') return {}
  const { columns, attachments } = mail.mail
  return { occurredAt: columns.occurredAt, direction: columns.direction, hasFiles: attachments.some(({ inline }) => !inline) }
}

function searchKeyOfMail({ columns, participants }: NewMail): string {
  return searchKeyOf(columns.subject, [{ address: columns.fromAddress, name: columns.fromName }, ...participants])
}

function reasonOf(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'append':
      return null
    case 'confirm':
      return outcome.reasons[0] ?? null
    case 'ignore':
      return outcome.reason
    case 'erase':
      return 'neverLog'
    default:
      return outcome satisfies never
  }
}

/** The lead in whose history the mail stands, also where an earlier copy was filed there. */
function leadOf({ outcome, mail }: SettledMail): LeadId | null {
  if (outcome.kind === 'append') return outcome.leadId
  return mail?.kind === 'known' ? mail.copy.leadId : null
}

function actionOf({ outcome, mail }: SettledMail): string {
  if (outcome.kind === 'append') return 'mailAppended'
  if (outcome.kind === 'confirm') return 'confirmationOpened'
  if (outcome.kind === 'erase') return 'mailErased'
  return mail?.kind === 'known' ? 'mailCapturedAgain' : 'mailIgnored'
}

/** The one reading of a header, used at the SMTP door and in processing alike, so that both know the same author (hazards 1 to 5). */
import { readAddressList, recipientsMax } from './address-list.ts'
import { authorsOf, readAuthor, readSender } from './author.ts'
import { automaticKind } from './automatic.ts'
import { readDate } from './date.ts'
import { fieldBodies, readHeaderLines } from './header.ts'
import type { Author, Defect, HeaderLine, Mailbox, MessageHeader } from './message.ts'
import { type MessageIdKey, boundedIds, messageIdCharactersMax, messageIdKey, readMessageIds } from './message-id.ts'
import { readSubjects } from './subject.ts'

/** Who sent it once more, and to whom (RFC 5322 §3.6.6). */
const resentFields = ['resent-from', 'resent-sender', 'resent-to', 'resent-cc', 'resent-bcc']

/**
 * What the header block says, with its defects; never throws, and costs time linear in the block, of which at most `headerBytesMax` is read. `block` comes from
 * `headerBlockOf`; `reversePath` is the envelope's, or null where there was none. Of a header that was cut nobody is the one author: what was
 * not read could name another.
 */
export function readMessageHeader(block: Uint8Array, reversePath: string | null): MessageHeader {
  const { lines, defects } = readHeaderLines(block)
  const isCut = defects.some((defect) => defect.code === 'headerTooLong' || defect.code === 'tooManyHeaderLines')
  const read = readAuthor(lines)
  const author: Author = isCut && read.kind !== 'several' ? { kind: 'unclear', mailboxes: authorsOf(read) } : read
  const sender = readSender(lines)
  const { subject, furtherSubjects, defects: subjectDefects } = readSubjects(lines)
  const { date, defects: dateDefects } = readDate(lines)
  const { messageId, defects: idDefects } = readMessageId(lines)
  const people = (name: string): Mailbox[] => readPeople(lines, name, defects)
  const header = {
    headerLines: lines,
    author,
    sender,
    replyTo: people('reply-to'),
    to: people('to'),
    cc: people('cc'),
    bcc: people('bcc'),
    resent: resentFields.flatMap(people),
    subject,
    furtherSubjects,
    messageId,
    inReplyTo: readIds(lines, 'in-reply-to'),
    references: readIds(lines, 'references'),
    date,
    automatic: automaticKind(lines, reversePath),
  }
  defects.push(...authorDefects(lines, author, sender), ...subjectDefects, ...dateDefects, ...idDefects, ...repeatedFields(lines))
  return { ...header, defects }
}

function authorDefects(lines: readonly HeaderLine[], author: Author, sender: Mailbox | null): Defect[] {
  const defects: Defect[] = []
  const fields = fieldBodies(lines, 'from').length
  if (fields > 1) defects.push({ code: 'severalFromFields', detail: `${fields} From fields` })
  else if (author.kind === 'several') defects.push({ code: 'severalAuthors', detail: `${author.mailboxes.length} mailboxes in From` })
  else if (author.kind === 'unclear') defects.push({ code: 'authorUnclear', detail: author.mailboxes[0]?.address ?? '' })
  else if (author.kind === 'none') defects.push({ code: 'noFrom', detail: '' })
  if (sender !== null && !authorsOf(author).some((mailbox) => mailbox.key !== null && mailbox.key === sender.key)) {
    defects.push({ code: 'senderDiffers', detail: sender.address })
  }
  return defects
}

/** The mailboxes of every field called `name`: a repeated To is as good as a long one (hazard 10). */
function readPeople(lines: readonly HeaderLine[], name: string, defects: Defect[]): Mailbox[] {
  const mailboxes: Mailbox[] = []
  let isCut = false
  for (const body of fieldBodies(lines, name)) {
    if (mailboxes.length >= recipientsMax) {
      isCut = true
      break
    }
    const list = readAddressList(body)
    mailboxes.push(...list.mailboxes)
    isCut ||= list.truncated
  }
  if (isCut || mailboxes.length > recipientsMax)
    defects.push({ code: 'tooManyRecipients', detail: `more than ${recipientsMax} in ${name}` })
  return mailboxes.slice(0, recipientsMax)
}

function readMessageId(lines: readonly HeaderLine[]): { messageId: MessageIdKey | null; defects: Defect[] } {
  const body = fieldBodies(lines, 'message-id')[0] ?? ''
  const messageId = messageIdKey(body)
  if (messageId !== null) return { messageId, defects: [] }
  const isTooLong = body.length > messageIdCharactersMax
  return {
    messageId,
    defects: [{ code: isTooLong ? 'messageIdTooLong' : 'noMessageId', detail: isTooLong ? `${body.length} characters` : '' }],
  }
}

function readIds(lines: readonly HeaderLine[], name: string): MessageIdKey[] {
  const bodies = fieldBodies(lines, name)
  return bodies.length === 1 ? readMessageIds(bodies[0] ?? '') : boundedIds(new Set(bodies.flatMap(readMessageIds)))
}

/** RFC 5322 §3.6: these fields stand in a header once at most. */
const singleFields = ['date', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'message-id', 'in-reply-to', 'references']

function repeatedFields(lines: readonly HeaderLine[]): Defect[] {
  const counts = new Map<string, number>()
  for (const { name } of lines) counts.set(name, (counts.get(name) ?? 0) + 1)
  return singleFields.flatMap((name): Defect[] => {
    const count = counts.get(name) ?? 0
    return count > 1 ? [{ code: 'repeatedField', detail: `${count} ${name} fields` }] : []
  })
}

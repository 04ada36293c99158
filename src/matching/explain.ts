/**
 * Every code of a decision in plain words, for reviewers and salespeople. The tables are keyed by the closed lists of decision.ts and
 * message.ts, so that a new code without its words does not compile.
 */
import type { AuthorStanding, AutomaticKind } from '../mail/message.ts'
import type { ConfirmReason, Evidence, EvidenceCode, IgnoreReason, MatchFacts, Unvouched } from './decision.ts'

/** One sentence for one piece of evidence. */
export function explainEvidence(evidence: Evidence): string {
  return wordsOfEvidence[evidence.code](evidence.detail, evidence.for)
}

/** Evidence as it is shown. From the database it may come with a code of another version, which has no words here. */
export function withWords(evidence: readonly Evidence[]): { code: string; detail: string; for: boolean; words: string }[] {
  return evidence.map((one) => ({
    code: one.code,
    detail: one.detail,
    for: one.for,
    words: Object.hasOwn(wordsOfEvidence, one.code) ? explainEvidence(one) : '',
  }))
}

/** One sentence for the reason of a decision. */
export function explainReason(reason: ConfirmReason | IgnoreReason): string {
  return wordsOfReason[reason]
}

const wordsOfEvidence: Readonly<Record<EvidenceCode, (detail: string, isFor: boolean) => string>> = {
  leadNumberInSubject: (number) => `The subject has the lead number ${number}.`,
  leadNumberInSubaddress: (number) => `It was sent to the CRM address with the lead number ${number} in it.`,
  quoteNumberInSubject: (number) => `The subject has the quote number ${number}.`,
  quoteNumberInSubaddress: (number) => `It was sent to the CRM address with the quote number ${number} in it.`,
  leadNumberInForwarderText: (number) => `Whoever forwarded it wrote the lead number ${number} above it.`,
  quoteNumberInForwarderText: (number) => `Whoever forwarded it wrote the quote number ${number} above it.`,
  leadNameInSubject: (name) => `The subject has the name of the lead: ${name}.`,
  threadReference: (messageId) => `It answers a mail that is on file with this lead: ${messageId}.`,
  recipientIsContactPerson: (address) => `The recipient ${address} is a contact person of the lead's company or a key player on the lead.`,
  senderIsContactPerson: (address) => `The author ${address} is a contact person of the lead's company or a key player on the lead.`,
  onlyOpenLead: (number) => `The known recipients are all of one company, and ${number} is its only open lead.`,
  nearMissNumber: (digits) => `The subject has the digits ${digits}, but a lead number must stand between spaces, as in XYZ Lead 11111.`,
  numberInForwardedSubject: (number) =>
    `The forwarded mail has the number ${number}, but neither in the subject of the forward nor plainly as a lead in the words above it.`,
  addedLater: (what) => `${what} was added only after the mail had come.`,
  unknownNumber: (number) => `No lead and no quote has the number ${number}.`,
  addressInForwardedText: (address) =>
    `The text has the address ${address}, which belongs to the lead's company or to a key player on the lead.`,
  recipientsOfOtherCompany: (address) => `${address} is known, but not at a company that works on this lead.`,
  threadOfOtherLead: (number) => `It answers a mail that is on file with another lead: ${number}.`,
  leadIsClosed: (status) => `The lead is not open any more: it is ${status}.`,
  internalMail: (_policy, isFor) =>
    isFor
      ? 'Only your own people stand in it; it was filed because it points to the lead.'
      : 'Only your own people stand in it, and your company leaves such mail out.',
  automaticMail: (kind) => lookUp(wordsOfAutomatic, kind) ?? 'No person wrote it for this occasion.',
  neverLogAddress: (rule) => `${rule} is on the never-log list, so nothing of this mail is kept.`,
  senderNotAuthenticated: (standing) => lookUp(wordsOfStanding, standing) ?? wordsOfStanding.unaligned,
  notVouchedFor: (what) => lookUp(wordsOfUnvouched, what) ?? wordsOfUnvouched.subaddress,
  severalAuthors: (author) => lookUp(wordsOfAuthor, author) ?? wordsOfAuthor.unclear,
  senderOutside: (address) => (address === '' ? 'It came from outside your company.' : `It came from outside your company: ${address}.`),
  manyFromSender: (count) => `${count} mails came from its author within a few minutes, as if a machine answered a machine.`,
  sameIdOtherContent: () => 'A mail with the same Message-ID and other content is here already.',
  tooManyCandidates: (limit) => `It points to more leads or numbers than can be weighed (${limit}), so some were not looked at.`,
  unreadable: () => 'It could not be read within the limits; only its header is known.',
  decidedByPerson: (address) => `${address} said that it belongs here.`,
  undoneByPerson: (address) => `${address} took it out of the history of this lead.`,
}

const wordsOfReason: Readonly<Record<ConfirmReason | IgnoreReason, string>> = {
  unmatched: 'Nothing in it names one lead for sure.',
  ambiguous: 'It names several leads.',
  contradiction: 'What it says about its lead does not agree.',
  unauthenticatedSender: 'Nothing proves that it comes from the sender it names.',
  severalAuthors: 'It is not clear who wrote it.',
  outsideReply: 'It came from outside your company, from nobody known to work on its lead.',
  sameIdOtherContent: 'A different mail with the same Message-ID is here already.',
  tooManyCandidates: 'It points to too many leads.',
  unreadable: 'It could not be read in full.',
  undone: 'Somebody took it out of a history again.',
  addedLater: 'It names one lead for sure, but what it names was added only after it had come.',
  automaticReply: 'It is an automatic reply or a read receipt, and does not clearly belong to a lead.',
  bounce: 'It is a report of a mail system, and does not clearly belong to a lead.',
  mailingList: 'It came through a mailing list, and does not clearly belong to a lead.',
  internalMail: 'It is between your own people, and your company leaves such mail out.',
  neverLog: 'Somebody in it is on the never-log list.',
  duplicate: 'The same mail is here already.',
  ownLoop: 'This program sent it itself, and it came back.',
  dismissed: 'Somebody looked at it and dismissed it.',
}

const wordsOfAutomatic: Readonly<Record<AutomaticKind | 'ownLoop', string>> = {
  automaticReply: 'It is an automatic reply, such as an out-of-office note.',
  bounce: 'It is the report of a mail system that a mail could not be delivered.',
  readReceipt: 'It is a read receipt.',
  mailingList: 'It came through a mailing list.',
  feedbackReport: 'It is the report of a mail system that somebody called a mail spam.',
  ownLoop: 'This program sent it itself.',
}

const wordsOfStanding: Readonly<Record<AuthorStanding, string>> = {
  aligned: 'SPF or DKIM prove that it comes from the domain of its sender.',
  trustedSubmission: 'It was handed in by a signed-in user or from a trusted network.',
  unaligned: 'Nothing proves that it comes from the sender it names: no aligned SPF or DKIM, no sign-in.',
  rejectedByPolicy: "The sender's domain asks that mail like this be rejected, since it cannot be proved to come from it (DMARC).",
  undetermined: 'It could not be found out whether it comes from the sender it names.',
}

const wordsOfUnvouched: Readonly<Record<Unvouched, string>> = {
  subaddress: 'Its sender is proved by a signature alone, and whoever has a copy may have sent it to this address of the CRM.',
  thread: 'Its sender is proved by a signature that does not cover which mail it answers, so that somebody else may have added that.',
  recipients: 'Its sender is proved by a signature that does not cover all recipients, so that somebody else may have added some.',
  content:
    'Its sender is proved by a signature that does not cover how the text is to be read, so that somebody else may have changed what it seems to say.',
}

const wordsOfAuthor: Readonly<Record<MatchFacts['author'], string>> = {
  one: 'It names one author.',
  several: 'It names several authors.',
  unclear: 'It does not name one plain address as its author.',
  none: 'It names no author.',
  senderOfOtherTenant: 'It was sent from another company in the name of its author.',
}

/** Evidence comes back from the database with its detail as a plain string, which an older version may have written. */
function lookUp(words: Readonly<Record<string, string>>, detail: string): string | null {
  return Object.hasOwn(words, detail) ? (words[detail] ?? null) : null
}

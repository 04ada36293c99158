/** The vocabulary of a decision: facts and candidates in, one of three out, every one with its reasons (PRODUCT §4, INTERFACE "JSON"). Types and closed lists only. */
import type { CompanyId, ContactPersonId, LeadId } from '../crm/ids.ts'
import type { LeadStatus } from '../crm/policy.ts'
import type { AddressKey } from '../mail/address.ts'
import type { AuthorStanding, AutomaticKind } from '../mail/message.ts'

export const evidenceCodes = [
  'leadNumberInSubject',
  'leadNumberInSubaddress',
  'quoteNumberInSubject',
  'quoteNumberInSubaddress',
  'leadNumberInForwarderText',
  'quoteNumberInForwarderText',
  'leadNameInSubject',
  'threadReference',
  'recipientIsContactPerson',
  'senderIsContactPerson',
  'onlyOpenLead',
  'nearMissNumber',
  'numberInForwardedSubject',
  'addedLater',
  'unknownNumber',
  'addressInForwardedText',
  'recipientsOfOtherCompany',
  'threadOfOtherLead',
  'leadIsClosed',
  'internalMail',
  'automaticMail',
  'neverLogAddress',
  'senderNotAuthenticated',
  'notVouchedFor',
  'severalAuthors',
  'senderOutside',
  'manyFromSender',
  'sameIdOtherContent',
  'tooManyCandidates',
  'unreadable',
  'decidedByPerson',
  'undoneByPerson',
] as const
export type EvidenceCode = (typeof evidenceCodes)[number]

/** Leads that one decision weighs; a mail that points to more is for a person (`tooManyCandidates`). */
export const candidatesMax = 50
/** Evidence kept with one candidate, and beside the candidates: the weightiest codes first. */
export const evidenceMax = 40

/**
 * One reason for or against filing at this lead (or filing at all), kept with the decision. `detail` is the token, address, name or id that it
 * rests on (see explain.ts for what it is with each code); the rule hit, the kind of automatic mail, the standing, the status where that is the reason.
 */
export interface Evidence {
  readonly code: EvidenceCode
  readonly detail: string
  readonly for: boolean
}

export const confirmReasons = [
  'unmatched',
  'ambiguous',
  'contradiction',
  'unauthenticatedSender',
  'severalAuthors',
  'outsideReply',
  'sameIdOtherContent',
  'tooManyCandidates',
  'unreadable',
  'undone',
  'addedLater',
] as const
/** `undone`: a person took it out of a history again; no rule gives this. `addedLater`: it would be filed, had it come now (offer.ts). */
export type ConfirmReason = (typeof confirmReasons)[number]

/** `dismissed`: by a person; no rule gives this. */
export const ignoreReasons = [
  'automaticReply',
  'bounce',
  'mailingList',
  'internalMail',
  'neverLog',
  'duplicate',
  'ownLoop',
  'dismissed',
] as const
export type IgnoreReason = (typeof ignoreReasons)[number]

/** A person in the mail as matching sees them. CRM addresses are never in this list. */
export interface MatchPerson {
  readonly address: AddressKey | null
  /** What was written, for words. */
  readonly written: string
  /** `forwardedAuthor` wrote the original that the mail's author forwards; its recipients are recipients (PRODUCT §3). */
  readonly role: 'author' | 'recipient' | 'forwardedAuthor'
  /** One of the tenant's own: a user's address or under one of its host names. */
  readonly own: boolean
  /** Every contact person with this exact address (usually none or one; two are an ambiguity of the address book). */
  readonly contacts: readonly { readonly contactPersonId: ContactPersonId; readonly companyId: CompanyId; readonly name: string }[]
}

/** What in the mail points to a lead. */
export type Pointer =
  | { readonly kind: 'leadNumberInSubject'; readonly token: string }
  | { readonly kind: 'leadNumberInSubaddress'; readonly token: string }
  | { readonly kind: 'quoteNumberInSubject'; readonly token: string }
  | { readonly kind: 'quoteNumberInSubaddress'; readonly token: string }
  | { readonly kind: 'leadNameInSubject'; readonly name: string }
  /** In what a forwarder wrote above the mail that he forwards. */
  | { readonly kind: 'leadNumberInForwarderText'; readonly token: string }
  | { readonly kind: 'quoteNumberInForwarderText'; readonly token: string }
  /** In the subject of the original that is forwarded, or in the forwarder's words where it may be something else than a lead's number. */
  | { readonly kind: 'numberInForwardedSubject'; readonly token: string }
  | { readonly kind: 'threadReference'; readonly messageId: string }
  | { readonly kind: 'nearMissNumber'; readonly written: string }
  /** A lead of a company to which somebody in the mail belongs, or on which somebody is a key player. */
  | { readonly kind: 'person'; readonly address: string; readonly role: MatchPerson['role'] }
  | { readonly kind: 'addressInForwardedText'; readonly address: string }

/** A lead that something points to. At most one candidate per lead. */
export interface Candidate {
  readonly leadId: LeadId
  readonly number: string
  readonly name: string
  readonly companyId: CompanyId | null
  /** Companies of the lead's key players, beside its own (people of several companies on one deal). */
  readonly otherCompanyIds: readonly CompanyId[]
  readonly status: LeadStatus
  readonly pointers: readonly Pointer[]
}

/** `subaddress`: the CRM address that it was sent to. `thread`: what it answers. `recipients`: To and Cc. `content`: how the body is to be read, and so what is forwarded in it. */
export type Unvouched = 'subaddress' | 'thread' | 'recipients' | 'content'

export interface MatchFacts {
  readonly standing: AuthorStanding
  /**
   * What the author does not vouch for though he is who he says he is: a signature covers neither the envelope nor every field, so that whoever
   * has a signed mail can send it again to another sub-address, into another thread, to other people. It proposes, contradicts, and never files.
   */
  readonly notVouchedFor?: readonly Unvouched[]
  /** See `Author`: anything but `one` is for a person. `senderOfOtherTenant`: Sender and From belong to different tenants. */
  readonly author: 'one' | 'several' | 'unclear' | 'none' | 'senderOfOtherTenant'
  /** The author's domain is none of the tenant's; the mail is here because it answers one on file. */
  readonly outside: boolean
  /** It is about an original that its author forwards, and is to be filed as that. */
  readonly forwarded?: boolean
  /** So many mails came from this author outside within a few minutes that a machine may be answering a machine; absent where they did not. */
  readonly manyFromSender?: number
  readonly automatic: AutomaticKind | null
  /** Our own mail come back. */
  readonly ownLoop: boolean
  readonly people: readonly MatchPerson[]
  /** Addresses of the mail that stand on the never-log list (the rule that hit, as written). */
  readonly neverLog: readonly string[]
  /** Number tokens in subject or sub-address (digits, or quote number) that belong to none of the tenant's leads. */
  readonly unknownNumbers: readonly string[]
  /**
   * Those of them that came as sub-address. No date or price stands there by chance: it is a lead that somebody meant and mistyped,
   * so that nothing else may file the mail.
   */
  readonly unknownSubaddressNumbers?: readonly string[]
  readonly sameIdOtherContent: boolean
  /**
   * Candidates had to be left out (`candidatesMax`), or number tokens could not all be read (`SubjectNumbers.cut`), so that a lead that a number,
   * a thread or a name points to may be missing. Nothing files then. Leads that only people point to may be left out without this.
   */
  readonly tooManyCandidates: boolean
  /** The body could not be read within the limits; only the header is known. */
  readonly unreadable: boolean
}

/** A candidate with its evidence; best first. */
export interface RankedCandidate {
  readonly leadId: LeadId
  readonly number: string
  readonly evidence: readonly Evidence[]
}

export type Decision =
  | { readonly kind: 'append'; readonly leadId: LeadId; readonly evidence: readonly Evidence[] }
  | {
      readonly kind: 'confirm'
      readonly reasons: readonly [ConfirmReason, ...ConfirmReason[]]
      readonly candidates: readonly RankedCandidate[]
      readonly evidence: readonly Evidence[]
    }
  | { readonly kind: 'ignore'; readonly reason: IgnoreReason; readonly eraseContent: boolean; readonly evidence: readonly Evidence[] }

/** What a message says, in the words of RFC 5322, 5321 and 8601, with the defects found while reading it. Types only. */
import type { AddressKey } from './address.ts'
import type { MessageIdKey } from './message-id.ts'

/** A mailbox (RFC 5322 §3.4) as it stands in a header field, decoded. */
export interface Mailbox {
  /** The addr-spec as written; may be nonsense. */
  readonly address: string
  /** Display name, decoded and freed of control characters, or null. */
  readonly name: string | null
  /** Canonical form for comparison; null where this is not plainly one mailbox (source route, quoted local part, group, no domain …). */
  readonly key: AddressKey | null
}

/** The SMTP envelope (RFC 5321 §2.3.1) and what the session knew about the client. */
export interface Envelope {
  /** MAIL FROM without brackets; '' is the null reverse-path; null where the entrance has no envelope sender. */
  readonly reversePath: string | null
  /** Every RCPT TO of this copy that was one of our CRM addresses, as given. */
  readonly forwardPaths: readonly string[]
  readonly clientAddress: string | null
  readonly heloName: string | null
  /** TLS protocol and cipher, or null for plain text. */
  readonly tls: string | null
  /** Whom the client authenticated as (a user's address), or null. */
  readonly authenticatedAs: string | null
  /** The client stood in TRUSTED_NETWORKS (or the operator handed in a file on a trusted machine). */
  readonly fromTrustedNetwork: boolean
  /**
   * A mail server of ours handed it over that passes on what others sent (LMTP, RELAY_NETWORKS): where the client stands says nothing of the
   * sender then, and only what that server found out does. Excludes `fromTrustedNetwork`.
   */
  readonly relayed?: boolean
  /** Where it was fetched from a watched mailbox: that mailbox's id. */
  readonly mailboxId?: string | null
  /** The tenant of that mailbox: the mail may become this tenant's or nobody's, whoever wrote it. Null: any tenant's. */
  readonly onlyTenantId?: string | null
  /** The server whose Authentication-Results are believed in that mailbox. */
  readonly trustedAuthservId?: string | null
  /** It had been waiting in that mailbox for long: new mail goes before it. */
  readonly isBacklog?: boolean
}

export type IntakeChannel = 'smtp' | 'imap' | 'upload' | 'file'

/** One header field as received: name in lower case, raw unfolded-not value (everything after the colon, folds kept). */
export interface HeaderLine {
  readonly name: string
  readonly value: string
}

/** RFC 3834, 3464, 8098, 2919/2369, 5965: mail that no person wrote for this occasion. */
export type AutomaticKind = 'automaticReply' | 'bounce' | 'readReceipt' | 'mailingList' | 'feedbackReport'

/** What was wrong with a message; reading goes on regardless (invariant 8: parsing never fails). */
export type DefectCode =
  | 'noFrom'
  | 'severalFromFields'
  | 'severalAuthors'
  | 'authorUnclear'
  | 'senderDiffers'
  | 'repeatedSubject'
  | 'repeatedField'
  | 'noMessageId'
  | 'messageIdTooLong'
  | 'noDate'
  | 'dateImplausible'
  | 'undecodableSubject'
  /** More of it than is read; a number may stand in the rest. */
  | 'subjectTooLong'
  | 'nulRemoved'
  | 'headerTooLong'
  | 'tooManyHeaderLines'
  | 'tooManyRecipients'
  | 'tooManyParts'
  | 'nestedTooDeep'
  | 'textTruncated'
  | 'htmlTruncated'
  | 'mimeBroken'
  | 'bodyUnreadable'
  /** Its content is for its recipients alone; the detail is `S/MIME` or `OpenPGP`. */
  | 'encrypted'
  /** Signed by its author, which nobody checked here; the detail is `S/MIME` or `OpenPGP`. */
  | 'signed'
  /** winmail.dat could not be opened to its end; it is kept as a file as well. */
  | 'tnefBroken'
  /** More attached messages than are read; the others stay files. */
  | 'tooManyAttachedMessages'

export interface Defect {
  readonly code: DefectCode
  readonly detail: string
}

export interface ParsedAttachment {
  /** Made safe (no path, no control characters), at most `fileNameCharactersMax` long; never empty. */
  readonly fileName: string
  readonly mediaType: string
  readonly bytes: number
  /** Hex. */
  readonly sha256: string
  /** Referred to by the HTML (Content-ID) or Content-Disposition: inline with a Content-ID. */
  readonly inline: boolean
  readonly contentId: string | null
  /** The decoded bytes, where they were small enough to stay in memory; else null and `file` names a temporary file that the caller owns. */
  readonly content: Uint8Array | null
  readonly file: string | null
}

/**
 * Who wrote it. `one` has exactly one From field with exactly one plain mailbox; everything else is for a person to judge
 * (RFC 5322 §3.6.2; PRODUCT §2; a parser that picks one of two lets the sender choose the tenant).
 */
export type Author =
  | { readonly kind: 'one'; readonly mailbox: Mailbox & { readonly key: AddressKey } }
  | { readonly kind: 'several'; readonly mailboxes: readonly Mailbox[] }
  | { readonly kind: 'unclear'; readonly mailboxes: readonly Mailbox[] }
  | { readonly kind: 'none' }

/** What a bounce says of the mail that it is about (RFC 3464): a hint like all that a mail says. */
export interface DeliveryReport {
  /** Of the mail that did not arrive. */
  readonly messageId: MessageIdKey | null
  /** Whom it did not reach. */
  readonly failed: readonly AddressKey[]
}

/** A message read to the end, best effort. All strings are free of U+0000 and lone surrogates. */
export interface ParsedMessage {
  readonly headerLines: readonly HeaderLine[]
  readonly author: Author
  readonly sender: Mailbox | null
  readonly replyTo: readonly Mailbox[]
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly bcc: readonly Mailbox[]
  /** Everybody in its Resent fields: people it went through or on to, who are no recipients of what its author wrote. */
  readonly resent: readonly Mailbox[]
  /** Decoded (RFC 2047), unfolded, '' where there is none; invisible characters are still in it. Where repeated: the first. */
  readonly subject: string
  /** The other Subject fields, likewise; empty in a mail that keeps to RFC 5322 §3.6. */
  readonly furtherSubjects: readonly string[]
  readonly messageId: MessageIdKey | null
  readonly inReplyTo: readonly MessageIdKey[]
  readonly references: readonly MessageIdKey[]
  readonly date: Date | null
  readonly automatic: AutomaticKind | null
  /** The whole plain text (from text/plain, or made of the HTML), bounded. */
  readonly text: string
  /** What the author newly wrote: `text` without quoted parts and signature. */
  readonly newestText: string
  readonly html: string | null
  readonly attachments: readonly ParsedAttachment[]
  /** Hex sha256 over what a reader would call the content (Message-ID, From, Date, To, Cc, Subject, decoded bodies, attachment hashes): indifferent to trace headers and transfer encodings. */
  readonly contentFingerprint: string
  readonly defects: readonly Defect[]
}

/** What the header alone says: known before the body is read, and read in one way by every entrance and by processing. */
export type MessageHeader = Omit<ParsedMessage, 'text' | 'newestText' | 'html' | 'attachments' | 'contentFingerprint'>

/** RFC 8601 result words, kept apart to the end (invariant 7: unknown is not no). */
export type AuthenticationResult = 'none' | 'pass' | 'fail' | 'softfail' | 'neutral' | 'policy' | 'temperror' | 'permerror'

/** One method's result, and the domain that it is about. */
export interface CheckedDomain {
  readonly result: AuthenticationResult
  readonly domain: string | null
  /** RFC 8601 §2.2 "reason": why, in words. */
  readonly reason?: string
}

export interface AuthenticationResults {
  /** `domain` is that of MAIL FROM, or of HELO where the reverse path is null (RFC 7208 §2.4). */
  readonly spf: CheckedDomain
  /** `domain` is d=, in the order of the signatures. `pass` only where the signature holds and covers what we rely on. */
  readonly dkim: readonly (CheckedDomain & { readonly selector?: string })[]
  /** `domain` is the author's. `policy` is what the author's domain asks for, where it could be found out. */
  readonly dmarc: CheckedDomain & { readonly policy?: 'none' | 'quarantine' | 'reject' }
  /** `domain` is the sealer's; only there where a trusted sealer was asked for (RFC 8617). */
  readonly arc?: CheckedDomain
  /** Whose word this is: a trusted server's authserv-id, where its Authentication-Results field was believed; absent where it was checked here. */
  readonly authservId?: string
}

/**
 * May the author be believed to be who the From field says?
 * `aligned`: DMARC-aligned SPF or DKIM passed. `trustedSubmission`: trusted network or signed-in user of that tenant.
 * `unaligned`: nothing vouches for it. `rejectedByPolicy`: the domain's DMARC policy says reject. `undetermined`: could not be found out.
 */
export type AuthorStanding = 'aligned' | 'trustedSubmission' | 'unaligned' | 'rejectedByPolicy' | 'undetermined'

/** What the SMTP listener answers (INTERFACE "SMTP replies"): codes of RFC 5321 and 3463, and words that a salesperson can act on. */
import { PermanentFailure, TemporaryFailure, type PermanentCode, type TemporaryCode } from '../failure.ts'

export interface SmtpReply {
  readonly code: number
  /** Begins with the enhanced code (RFC 3463). */
  readonly text: string
}

/** RFC 5321 §4.5.3.1.5: a reply line is at most 512 octets, code and line break included. */
const replyCharactersMax = 500

export const replies = {
  notACrmAddress: { code: 550, text: '5.1.1 This is no address of the CRM. Please ask your admin for the right one.' },
  storeFull: { code: 452, text: '4.3.1 The mail store is full at the moment. Nothing is lost: your mail server will try again by itself.' },
  stopping: { code: 421, text: '4.3.2 The CRM is being restarted. Nothing is lost: your mail server will try again by itself.' },
  troubled: {
    code: 451,
    text: '4.3.0 The CRM cannot take the mail at the moment. Nothing is lost: your mail server will try again by itself.',
  },
  tooManyConnections: { code: 421, text: '4.7.0 Too many connections; please try again later.' },
  tooFast: { code: 421, text: '4.7.0 Too many new connections within a minute; please try again later.' },
  noProxyHeader: { code: 421, text: '4.7.0 This address is to begin with a PROXY header, which did not come or could not be read.' },
  tooManyCommands: { code: 421, text: '4.7.0 Too many commands without a mail.' },
  tooManyUnknownCommands: { code: 421, text: '4.7.0 Too many commands that are not known here.' },
  talkedTooSoon: { code: 421, text: '4.7.0 Please wait for the greeting.' },
  notHttp: { code: 421, text: '4.7.0 This is a mail server, not a web server.' },
  timedOut: { code: 421, text: '4.4.2 Nothing more came in time.' },
  dataTimedOut: { code: 421, text: '4.4.2 The mail did not come to its end in time.' },
  lineTooLong: { code: 500, text: '5.5.2 The command line is too long.' },
  bareLineBreak: { code: 550, text: '5.5.2 The mail has a line that ends with a bare LF or CR instead of CR LF (RFC 5321 section 2.3.8).' },
  senderTooLong: { code: 501, text: '5.1.7 The sender address is too long.' },
  signInNeedsTls: { code: 538, text: '5.7.11 Please begin encryption (STARTTLS) before signing in.' },
  signInWrong: { code: 535, text: '5.7.8 The user name or the password is wrong.' },
  signInTooOften: { code: 421, text: '4.7.0 Too many wrong passwords; please try again later.' },
  signInUnavailable: { code: 454, text: '4.7.0 Signing in is not possible at the moment; please try again later.' },
} as const satisfies Record<string, SmtpReply>

export function acceptedText(id: string): string {
  return `2.0.0 Thank you, queued as ${id}`
}

const temporaryReplies: Partial<Record<TemporaryCode, SmtpReply>> = {
  diskFull: replies.storeFull,
  spoolFull: replies.storeFull,
  stopping: replies.stopping,
  tooManyConnections: replies.tooManyConnections,
}

/** Code and enhanced code (5.7.26: RFC 7372 §3.3) of a refusal whose own words are told. */
const permanentCodes: Partial<Record<PermanentCode, readonly [number, string]>> = {
  messageTooLarge: [552, '5.3.4'],
  notACrmAddress: [550, '5.1.1'],
  senderDomainUnknown: [550, '5.7.1'],
  severalTenants: [550, '5.7.1'],
  senderOfOtherTenant: [550, '5.7.1'],
  senderNotAuthenticated: [550, '5.7.26'],
  messageMalformed: [550, '5.6.0'],
}

/** The reply for whatever was thrown while a mail was taken in; null where it is no failure that anybody foresaw. */
export function replyForFailure(error: unknown): SmtpReply | null {
  if (error instanceof TemporaryFailure) return temporaryReplies[error.code] ?? replies.troubled
  if (!(error instanceof PermanentFailure)) return null
  const codes = permanentCodes[error.code]
  return codes === undefined ? null : { code: codes[0], text: `${codes[1]} ${error.message}`.slice(0, replyCharactersMax) }
}

/** What the library says in its own words, by how that begins or ends; the rest of its replies stay as they are. */
const libraryWords: readonly (readonly [RegExp, SmtpReply])[] = [
  [/^Error: Command line too long/, replies.lineTooLong],
  [/You talk too soon$/, replies.talkedTooSoon],
  [/^Timeout - closing connection/, replies.timedOut],
  [/^Server shutting down/, replies.stopping],
  [/^HTTP requests not allowed/, replies.notHttp],
  [/^Error: too many unrecognized commands/, replies.tooManyUnknownCommands],
]
const enhancedCode = /^[245]\.\d{1,3}\.\d{1,3} /

/** Our reply for what the library is about to send, or null where its own stands. A text that has its enhanced code already is ours. */
export function ourReply(code: number, text: unknown): SmtpReply | null {
  if (typeof text !== 'string') return null
  if (enhancedCode.test(text)) return { code, text }
  if (code !== 421) return null
  return libraryWords.find(([words]) => words.test(text))?.[1] ?? { code, text: `4.7.0 ${text}` }
}

/** What went wrong with a mailbox, in words for whoever looks after it; and whether waiting long is the better course. */
import { PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import { cleanText } from '../mail/clean-text.ts'
import type { MailboxSettings } from '../store/mailboxes.ts'

export interface MailboxTrouble {
  readonly words: string
  /** A person has to do something, and servers lock out whoever asks too often. */
  readonly needsPerson: boolean
}

type Place = Pick<MailboxSettings, 'host' | 'port' | 'tls' | 'userName' | 'folder'>

const wordsCharactersMax = 500

/** What the library and Node put on their errors. */
interface ImapError {
  readonly code?: unknown
  readonly authenticationFailed?: unknown
  readonly tlsFailed?: unknown
  readonly responseText?: unknown
  readonly response?: unknown
  readonly serverResponseCode?: unknown
  readonly reason?: unknown
  readonly cause?: unknown
}

/** Certificates that do not hold, by OpenSSL's and Node's codes. */
const certificateCodes = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH)/

export function troubleOf(error: unknown, place: Place): MailboxTrouble {
  const { words, needsPerson } = describe(error, place)
  return { words: cleanText(words.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim(), wordsCharactersMax), needsPerson }
}

function describe(error: unknown, place: Place): MailboxTrouble {
  const server = `${place.host}:${place.port}`
  if (error instanceof PermanentFailure) return { words: error.message, needsPerson: true }
  if (error instanceof TemporaryFailure) return { words: error.message, needsPerson: false }
  const failed = (error ?? {}) as ImapError
  const code = typeof failed.code === 'string' ? failed.code : ''
  const said = saidBy(failed)
  if (failed.authenticationFailed === true) {
    // RFC 5530: the server is at fault, or busy; the password may well be right.
    if (/^(UNAVAILABLE|SERVERBUG|INUSE|LIMIT)$/.test(String(failed.serverResponseCode))) {
      return { words: `${server} cannot sign anybody in now${said}`, needsPerson: false }
    }
    return { words: `${server} refused the user "${place.userName}"${said} Check user and password.`, needsPerson: true }
  }
  if (certificateCodes.test(code)) {
    return { words: `The certificate of ${server} does not fit: ${wordsOf(error)}`, needsPerson: true }
  }
  if (code.startsWith('ERR_SSL') || failed.tlsFailed === true) {
    return { words: `No TLS with ${server} (--tls ${place.tls}): ${wordsOf(error)}`, needsPerson: true }
  }
  const known = networkWords(code, server)
  if (known !== null) return { words: known, needsPerson: false }
  return { words: said === '.' ? `${server}: ${wordsOf(error)}` : `${server} refused${said}`, needsPerson: false }
}

/** What the server said, as the end of a sentence. */
function saidBy({ responseText, response }: ImapError): string {
  const text = typeof responseText === 'string' ? responseText : typeof response === 'string' ? response : ''
  return text.trim() === '' ? '.' : `: ${text.trim().replace(/\.*$/, '')}.`
}

function networkWords(code: string, server: string): string | null {
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing listens at ${server}.`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name of ${server} cannot be looked up.`
    case 'CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${server} cannot be reached.`
    case 'GREETING_TIMEOUT':
    case 'ETIMEOUT':
      return `${server} does not answer.`
    case 'ECONNRESET':
    case 'EPIPE':
    case 'NoConnection':
    case 'EConnectionClosed':
    case 'StateLogout':
    case 'ClosedAfterConnectText':
    case 'ClosedAfterConnectTLS':
      return `${server} closed the connection.`
    case 'LiteralTooLarge':
    case 'LineTooLarge':
    case 'ResponseTooLarge':
      return `${server} sent more than was asked for.`
    default:
      return null
  }
}

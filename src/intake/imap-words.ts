/** What went wrong with a mailbox, in words for whoever looks after it; and whether waiting long is the better course. */
import { type Fault, faultOf, PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import { cleanText } from '../mail/clean-text.ts'
import type { MailboxSettings } from '../store/mailboxes.ts'

export interface MailboxTrouble {
  readonly words: string
  /** Null for what nobody foresaw. */
  readonly fault: Fault | null
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
  const { words, fault, needsPerson } = describe(error, place)
  return { words: plain(words), fault: fault === null ? null : plainFault(fault), needsPerson }
}

/** Servers may say anything, and it goes to a terminal and a page. */
function plain(text: string): string {
  return cleanText(text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim(), wordsCharactersMax)
}

function plainFault({ code, values }: Fault): Fault {
  return {
    code,
    values: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === 'string' ? plain(value) : value])),
  }
}

function describe(error: unknown, place: Place): MailboxTrouble {
  const server = `${place.host}:${place.port}`
  if (error instanceof PermanentFailure) return { words: error.message, fault: error.fault, needsPerson: true }
  if (error instanceof TemporaryFailure) return { words: error.message, fault: error.fault, needsPerson: false }
  const failed = (error ?? {}) as ImapError
  const code = typeof failed.code === 'string' ? failed.code : ''
  const said = saidBy(failed)
  const ended = said === '' ? '.' : `: ${said}.`
  if (failed.authenticationFailed === true) {
    // RFC 5530: the server is at fault, or busy; the password may well be right.
    if (/^(UNAVAILABLE|SERVERBUG|INUSE|LIMIT)$/.test(String(failed.serverResponseCode))) {
      return {
        words: `${server} cannot sign anybody in now${ended}`,
        fault: faultOf('mailServerBusy', { server, said }),
        needsPerson: false,
      }
    }
    const user = place.userName
    const words = `${server} refused the user "${user}"${ended} Check user and password.`
    return { words, fault: faultOf('mailSignInRefused', { server, user, said }), needsPerson: true }
  }
  const told = wordsOf(error)
  if (certificateCodes.test(code)) {
    const fault = faultOf('mailCertificateWrong', { server, said: told })
    return { words: `The certificate of ${server} does not fit: ${told}`, fault, needsPerson: true }
  }
  if (code.startsWith('ERR_SSL') || failed.tlsFailed === true) {
    const fault = faultOf('mailTlsMissing', { server, said: told })
    return { words: `No TLS with ${server} (--tls ${place.tls}): ${told}`, fault, needsPerson: true }
  }
  const known = networkTrouble(code, server)
  if (known !== null) return { ...known, needsPerson: false }
  return said === ''
    ? { words: `${server}: ${told}`, fault: faultOf('mailServerTrouble', { server, said: told }), needsPerson: false }
    : { words: `${server} refused${ended}`, fault: faultOf('mailServerRefused', { server, said }), needsPerson: false }
}

/** What the server said, without the dot at its end; '' where it said nothing. */
function saidBy({ responseText, response }: ImapError): string {
  const text = typeof responseText === 'string' ? responseText : typeof response === 'string' ? response : ''
  return text.trim().replace(/\.*$/, '')
}

function networkTrouble(code: string, server: string): Pick<MailboxTrouble, 'words' | 'fault'> | null {
  switch (code) {
    case 'ECONNREFUSED':
      return { words: `Nothing listens at ${server}.`, fault: faultOf('mailServerNotListening', { server }) }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { words: `The name of ${server} cannot be looked up.`, fault: faultOf('mailServerNameUnknown', { server }) }
    case 'CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return { words: `${server} cannot be reached.`, fault: faultOf('mailServerUnreachable', { server }) }
    case 'GREETING_TIMEOUT':
    case 'ETIMEOUT':
      return { words: `${server} does not answer.`, fault: faultOf('mailServerSilent', { server }) }
    case 'ECONNRESET':
    case 'EPIPE':
    case 'NoConnection':
    case 'EConnectionClosed':
    case 'StateLogout':
    case 'ClosedAfterConnectText':
    case 'ClosedAfterConnectTLS':
      return { words: `${server} closed the connection.`, fault: faultOf('mailConnectionClosed', { server }) }
    case 'LiteralTooLarge':
    case 'LineTooLarge':
    case 'ResponseTooLarge':
      return { words: `${server} sent more than was asked for.`, fault: faultOf('mailAnswerTooLarge', { server }) }
    default:
      return null
  }
}

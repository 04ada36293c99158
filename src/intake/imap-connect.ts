/** Opens one connection to a mailbox, signed in and with its folder selected. */
import { rootCertificates } from 'node:tls'
import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import { faultOf, PermanentFailure, TemporaryFailure } from '../failure.ts'
import type { MailboxSettings } from '../store/mailboxes.ts'
import type { AccessTokens } from './imap-token.ts'

export interface ImapTiming {
  /** From the first packet to the greeting. */
  readonly connectTimeoutMs: number
  /** A server that has been silent for so long though it was asked something is gone. */
  readonly answerTimeoutMs: number
  /** How long to wait for news before asking oneself; well below the 29 minutes of RFC 9051 §6.3.13. */
  readonly recheckMs: number
  /** How often the folder is selected anew, which shows that it was renamed. */
  readonly reselectMs: number
  /** The same where the server cannot IDLE. */
  readonly pollMs: number
}

export interface ConnectOptions {
  readonly settings: MailboxSettings
  readonly credentials:
    | { readonly kind: 'password'; readonly password: string }
    | { readonly kind: 'tokens'; readonly tokens: AccessTokens }
  readonly timing: ImapTiming
  /** No literal may be larger, whatever the server announces. */
  readonly literalBytesMax: number
  /** PEM certificates that are trusted beside the well-known ones. */
  readonly extraAuthorities: readonly string[]
  /** Ends the attempt, and the connection. */
  readonly signal: AbortSignal
}

export interface ImapConnection {
  readonly client: ImapFlow
  readonly uidValidity: string
  /** Rejects once the connection is gone, with the reason; never resolves. */
  readonly lost: Promise<never>
  /** What the server said when it refused a command, last; the library only answers `false` then. */
  lastRefusal(): string
  /** Says goodbye where that is quick. */
  close(): Promise<void>
}

/** Search results of a folder with millions of messages fit. */
const lineBytesMax = 64 * 1024 * 1024
const goodbyeTimeoutMs = 1_000

/** @throws PermanentFailure or TemporaryFailure in words, or the library's error (see `troubleOf`). */
export async function connectMailbox(options: ConnectOptions): Promise<ImapConnection> {
  const { credentials } = options
  try {
    return await connectOnce(options, false)
  } catch (error) {
    const isRefused = (error as { authenticationFailed?: boolean }).authenticationFailed === true
    if (credentials.kind === 'password' || !isRefused) throw error
    // The token may have been revoked before its time.
    return await connectOnce(options, true)
  }
}

async function connectOnce(options: ConnectOptions, freshToken: boolean): Promise<ImapConnection> {
  const { settings, credentials, signal } = options
  const refusals = { last: '' }
  const auth =
    credentials.kind === 'password'
      ? { user: settings.userName, pass: credentials.password }
      : { user: settings.userName, accessToken: await credentials.tokens.get({ fresh: freshToken }) }
  const client = new ImapFlow({ ...clientOptions(options), auth, logger: listenTo(refusals) })
  const { lost, fail } = watchForLoss(client)
  const onAbort = (): void => {
    fail(new TemporaryFailure('stopping', 'the watching of the mailbox was stopped'))
    client.close()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  client.once('close', () => signal.removeEventListener('abort', onAbort))
  try {
    signal.throwIfAborted()
    await Promise.race([client.connect(), lost])
    const uidValidity = await Promise.race([openFolder(client, settings), lost])
    return { client, uidValidity, lost, lastRefusal: () => refusals.last, close: () => sayGoodbye(client) }
  } catch (error) {
    client.close()
    throw error
  }
}

function clientOptions({ settings, timing, literalBytesMax, extraAuthorities }: ConnectOptions): ImapFlowOptions {
  return {
    host: settings.host,
    port: settings.port,
    secure: settings.tls === 'on',
    // Left open, the library would go on in plain text where the server does not offer TLS.
    doSTARTTLS: settings.tls === 'starttls',
    tls: { minVersion: 'TLSv1.2', ...(extraAuthorities.length === 0 ? {} : { ca: [...rootCertificates, ...extraAuthorities] }) },
    clientInfo: { name: 'Leadpost' },
    disableAutoIdle: true,
    disableCompression: true,
    connectionTimeout: timing.connectTimeoutMs,
    greetingTimeout: timing.connectTimeoutMs,
    // The library's own watch over a silent socket; while it idles we look sooner than that.
    socketTimeout: timing.recheckMs + timing.answerTimeoutMs,
    maxLiteralSize: literalBytesMax,
    maxResponseSize: literalBytesMax * 2 + lineBytesMax,
    maxLineLength: lineBytesMax,
  }
}

/** The library tells why a command was refused in its log alone. Nothing is kept but the server's words. */
function listenTo(refusals: { last: string }): NonNullable<Exclude<ImapFlowOptions['logger'], false>> {
  const ignore = (): void => undefined
  const note = (entry: unknown): void => {
    const text = (entry as { err?: { responseText?: unknown } } | null)?.err?.responseText
    if (typeof text === 'string') refusals.last = text
  }
  return { trace: ignore, debug: ignore, info: ignore, warn: note, error: note, fatal: note }
}

function watchForLoss(client: ImapFlow): { readonly lost: Promise<never>; readonly fail: (error: Error) => void } {
  let fail: (error: Error) => void = () => undefined
  const lost = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  // Whoever awaits it hears of it; when nobody does, nobody is concerned.
  lost.catch(() => undefined)
  client.on('error', (error) => fail(error))
  client.on('close', () => {
    const bye = client.byeReason
    fail(
      Object.assign(new Error(bye ?? 'the connection was closed'), {
        code: 'EConnectionClosed',
        ...(bye === undefined ? {} : { responseText: bye }),
      }),
    )
  })
  return { lost, fail }
}

/**
 * Selects the folder, again where it is selected (which shows a renamed one, and what a server does not tell by itself). Answers its UIDVALIDITY.
 * @throws TemporaryFailure `serverUnavailable` where it cannot be selected; PermanentFailure `inputInvalid` where it has no UIDVALIDITY.
 */
export async function openFolder(client: ImapFlow, { folder, host }: MailboxSettings): Promise<string> {
  // Never with EXAMINE, though nothing is changed where messages are left as they are: Courier keeps no UIDs that it gave then, and gives others
  // the next time. What is fetched with PEEK stays unseen all the same.
  const opened = await client.mailboxOpen(folder).catch((error: unknown) => {
    const { responseText } = error as { responseText?: string }
    if (responseText === undefined) throw error
    throw new TemporaryFailure('serverUnavailable', `The folder "${folder}" cannot be opened at ${host}: ${responseText} Was it renamed?`, {
      cause: error,
      fault: faultOf('mailFolderUnopened', { server: host, folder, said: responseText }),
    })
  })
  // The library leaves it out where the server does.
  const uidValidity = opened.uidValidity as bigint | undefined
  if (uidValidity === undefined || uidValidity <= 0n) {
    throw new PermanentFailure(
      'inputInvalid',
      `${host} gives the folder "${folder}" no UIDVALIDITY, so nobody could say which mail was read already.`,
      { fault: faultOf('mailFolderWithoutUids', { server: host, folder }) },
    )
  }
  return String(uidValidity)
}

/** A command that is answered in a moment; where it is not, the connection is gone (half-open, say) and is closed. */
export async function answered<T>(client: ImapFlow, timing: ImapTiming, command: Promise<T>): Promise<T> {
  const timer = setTimeout(() => {
    client.emit('error', Object.assign(new Error('no answer'), { code: 'ETIMEOUT' }))
    client.close()
  }, timing.answerTimeoutMs)
  try {
    return await command
  } finally {
    clearTimeout(timer)
  }
}

async function sayGoodbye(client: ImapFlow): Promise<void> {
  const timer = setTimeout(() => client.close(), goodbyeTimeoutMs)
  try {
    await client.logout()
  } catch {
    // It is gone already.
  } finally {
    clearTimeout(timer)
    client.close()
  }
}

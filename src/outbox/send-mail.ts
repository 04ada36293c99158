/** Sends our own mail through the server that OUTBOX_URL names. Whatever is sent is marked, so that it never becomes anybody's history. */
import { createTransport } from 'nodemailer'
import { TemporaryFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { ownMarkField } from '../mail/own-mark.ts'

export interface OwnMail {
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  /** Plain text, lines of any length. */
  readonly text: string
  /** BCP 47 (RFC 3282). */
  readonly language: string
}

/** Resolves once the server took it. @throws TemporaryFailure `serverUnavailable` for whatever goes wrong. */
export type SendMail = (mail: OwnMail) => Promise<void>

export interface Outbox {
  readonly send: SendMail
  close(): void
}

export const outboxConnectTimeoutMs = 10_000
export const outboxAnswerTimeoutMs = 20_000
const connectionsMax = 2

/** Opens nothing yet. `url`: smtp://user:password@host:port, or smtps://. `from`: the address that our mail comes from. */
export function openOutbox(options: { readonly url: string; readonly from: string; readonly log: Log }): Outbox {
  const transport = createTransport({
    url: options.url,
    pool: true,
    maxConnections: connectionsMax,
    connectionTimeout: outboxConnectTimeoutMs,
    greetingTimeout: outboxAnswerTimeoutMs,
    socketTimeout: outboxAnswerTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send({ to, subject, text, language }) {
      try {
        await transport.sendMail({
          from: { name: 'Leadpost', address: options.from },
          to,
          subject,
          text,
          headers: {
            [ownMarkField]: '1',
            // RFC 3834 §5: so that nobody's holiday notice answers it; the second is what Exchange listens to.
            'Auto-Submitted': 'auto-generated',
            'X-Auto-Response-Suppress': 'All',
            'Content-Language': language,
          },
        })
      } catch (error) {
        options.log.warn({ problem: wordsOf(error) }, 'a mail of our own could not be sent')
        throw new TemporaryFailure('serverUnavailable', `The mail could not be sent: ${wordsOf(error)}`, { cause: error })
      }
    },
    close: () => transport.close(),
  }
}

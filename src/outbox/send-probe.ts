/** A mail that tests the whole way in: sent to our own SMTP listener as a mail server would, and marked as ours, so that it ends in nobody's history. */
import { createTransport } from 'nodemailer'
import { PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import { ownMarkField } from '../mail/own-mark.ts'

export interface Probe {
  readonly listener: { readonly host: string; readonly port: number }
  readonly from: { readonly name: string; readonly address: string }
  /** A CRM address, with the lead's sub-address where there is one. */
  readonly to: string
  readonly subject: string
}

const timeoutMs = 10_000

/**
 * The id under which the listener took it.
 * @throws PermanentFailure `notAllowed` with the listener's words where it refused the mail; TemporaryFailure where it did not answer or asks to come again.
 */
export async function sendProbe({ listener, from, to, subject }: Probe): Promise<string> {
  const transport = createTransport({
    ...listener,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // The certificate may be self-made, and nobody stands between this machine and itself.
    tls: { rejectUnauthorized: false },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    const sent = (await transport.sendMail({
      envelope: { from: from.address, to: [to] },
      from,
      to,
      subject,
      text: 'This mail tests the way from your mail server into the CRM. Leadpost sent it to itself; it is filed nowhere.\n',
      headers: { [ownMarkField]: 'probe' },
    })) as { response: string }
    return idIn(sent.response)
  } catch (error) {
    throw failureOf(error)
  } finally {
    transport.close()
  }
}

/** INTERFACE "SMTP replies": `250 2.0.0 … queued as ID`. */
function idIn(reply: string): string {
  const id = /queued as ([0-9a-f-]{36})/.exec(reply)?.[1]
  if (id === undefined) throw new TemporaryFailure('serverUnavailable', `The SMTP listener answered without an id: ${reply}`)
  return id
}

function failureOf(error: unknown): Error {
  if (error instanceof TemporaryFailure) return error
  const { responseCode, response } = error as { responseCode?: number; response?: string }
  if (responseCode !== undefined && responseCode >= 500)
    return new PermanentFailure('notAllowed', `The SMTP listener refused the test mail: ${response ?? String(responseCode)}`)
  return new TemporaryFailure('serverUnavailable', `The test mail was not taken: ${response ?? wordsOf(error)}`, { cause: error })
}

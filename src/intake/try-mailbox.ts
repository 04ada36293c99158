/** Whether a mailbox can be watched: signs in and opens its folder once, before anything is stored. */
import { faultOf, PermanentFailure } from '../failure.ts'
import type { MailboxSettings } from '../store/mailboxes.ts'
import { connectMailbox, type ImapTiming } from './imap-connect.ts'
import { troubleOf } from './imap-words.ts'

/** Somebody sits before it and waits. */
const timing: ImapTiming = { connectTimeoutMs: 10_000, answerTimeoutMs: 10_000, recheckMs: 10_000, reselectMs: 60_000, pollMs: 60_000 }
const tryTimeoutMs = 20_000
/** Nothing is fetched. */
const literalBytesMax = 1024 * 1024

/** @throws PermanentFailure `inputInvalid` with what went wrong, in words for whoever typed the settings. */
export async function tryMailbox(settings: MailboxSettings, password: string): Promise<void> {
  const signal = AbortSignal.timeout(tryTimeoutMs)
  try {
    const connection = await connectMailbox({
      settings,
      credentials: { kind: 'password', password },
      timing,
      literalBytesMax,
      extraAuthorities: [],
      signal,
    })
    // Somebody hears of it above; here the try is over.
    await connection.close()
  } catch (error) {
    const { host, port } = settings
    const server = `${host}:${port}`
    const { words, fault } = signal.aborted
      ? { words: `${server} did not answer in time`, fault: faultOf('mailServerSilent', { server }) }
      : troubleOf(error, settings)
    throw new PermanentFailure('inputInvalid', `The mailbox was not added: ${words}`, { cause: error, fault: fault ?? undefined })
  }
}

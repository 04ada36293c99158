/** One-time links on the command line: where they lead, mailing them, and the one that makes the first operator. */
import type { Config } from '../config.ts'
import { isFailure, TemporaryFailure } from '../failure.ts'
import type { Log } from '../log.ts'
import { linkMail, type LinkMail } from '../outbox/link-mail.ts'
import { openOutbox } from '../outbox/send-mail.ts'
import type { Database } from '../store/database.ts'
import { createFirstOperatorLink, type MadeLink } from '../store/links.ts'

/** @param http where a program that runs is reached; null: none runs, so it is where it will listen. */
export function linkUrl(config: Config, http: string | null, token: string): string {
  const { host, port, publicUrl } = config.http
  const listener = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${String(port)}`
  return `${publicUrl ?? http ?? listener}/link/${token}`
}

/** False where there is no OUTBOX_URL, or the mail could not be sent (the log says why). */
export async function mailLink(config: Config, log: Log, mail: LinkMail): Promise<boolean> {
  if (config.outbox === null) return false
  const outbox = openOutbox({ ...config.outbox, log })
  try {
    await outbox.send(linkMail(mail))
    return true
  } catch (error) {
    if (!isFailure(error)) throw error
    return false
  } finally {
    outbox.close()
  }
}

/** Until when, as a person reads it. */
export function untilWords({ expiresAt }: MadeLink): string {
  return `${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** What to say once it listens; nothing where there is an operator already, or this process serves no page. */
export async function firstOperatorLines(config: Config, database: Database, http: string): Promise<string[]> {
  if (!config.roles.has('web')) return []
  try {
    const link = await createFirstOperatorLink(database)
    if (link === null) return []
    return [
      'Nobody runs this installation yet. Whoever opens this link first becomes its operator:',
      `  ${linkUrl(config, http, link.token)}`,
      `It works once, until ${untilWords(link)} or the next start, which prints another.`,
    ]
  } catch (error) {
    if (!(error instanceof TemporaryFailure)) throw error
    return [
      'The database is away, so no link for the first operator could be made; a later start prints one (or: leadpost operator invite).',
    ]
  }
}

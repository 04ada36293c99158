/** The parts that the program needs, as readiness and metrics ask for them. */
import type { Spool } from '../intake/spool.ts'
import type { Bell } from '../queue/bell.ts'
import type { Store } from '../store/open-store.ts'
import { mailboxesPart, type MailboxReports } from './mailbox-health.ts'
import type { SpoolMeasure } from './metrics.ts'
import type { ReadinessPart } from './readiness.ts'

export interface ProgramParts {
  readonly store: Store
  readonly bell: Bell
  readonly spool: Spool
  /** Null in a process that watches none. */
  readonly mailboxes: MailboxReports | null
  readonly redisUrl: string | null
}

export function readinessParts({ store, bell, spool, mailboxes, redisUrl }: ProgramParts): ReadinessPart[] {
  return [
    { name: 'database', check: () => store.database.ready().then(() => 'answers') },
    { name: 'queue', check: () => bell.ready().then(() => `answers (${redisUrl === null ? 'Postgres' : 'Redis'})`) },
    { name: 'spool', check: () => describeSpool(spool) },
    ...(mailboxes === null ? [] : [mailboxesPart(mailboxes)]),
  ]
}

function describeSpool(spool: Spool): string {
  const { messages, bytes } = spool.held()
  if (spool.roomBytes() === 0) throw new Error(`full: ${messages} messages, ${bytes} bytes wait for the database`)
  return messages === 0 ? 'empty' : `${messages} messages, ${bytes} bytes wait for the database`
}

export function measureSpool(spool: Spool): SpoolMeasure {
  const { messages, bytes, oldestReceivedAt } = spool.held()
  return { messages, bytes, oldestAgeMs: oldestReceivedAt === null ? 0 : Math.max(0, Date.now() - oldestReceivedAt.getTime()) }
}

/** How the mailboxes fare that this process watches: for Prometheus, and as a part of the health page that never makes the program un-ready. */
import { Gauge, type Registry } from 'prom-client'
import type { MailboxReport } from '../store/mailboxes.ts'
import type { ReadinessPart } from './readiness.ts'

export type MailboxReports = () => readonly MailboxReport[]

/** Null: there is nothing to tell, and the series is absent. */
type Reading = (report: MailboxReport, now: number) => number | null

const secondsSince = (time: Date | null, now: number): number | null => (time === null ? null : Math.max(0, (now - time.getTime()) / 1000))

const gauges: readonly (readonly [name: string, help: string, read: Reading])[] = [
  ['connected', '1 while a connection to the mailbox stands', ({ connectedAt }) => (connectedAt === null ? 0 : 1)],
  ['lag_seconds', 'For how long mail has been waiting there; absent until it was read to its end once', lagOf],
  ['waiting', 'Messages known to wait there', ({ waiting }) => waiting],
  ['set_aside', 'Messages that could not be taken and stay there', ({ setAside }) => setAside],
  [
    'last_mail_age_seconds',
    'Since the last message was taken; absent where none was',
    ({ lastMailAt }, now) => secondsSince(lastMailAt, now),
  ],
  [
    'last_error_age_seconds',
    'Since something went wrong last; absent where nothing did',
    ({ lastErrorAt }, now) => secondsSince(lastErrorAt, now),
  ],
]

function lagOf({ upToDateAt, connectedAt, waiting }: MailboxReport, now: number): number | null {
  return upToDateAt !== null && connectedAt !== null && waiting === 0 ? 0 : secondsSince(upToDateAt, now)
}

/** One series for each mailbox, by its id; those that another process watches are that one's. */
export function openMailboxGauges(registry: Registry, reports: MailboxReports): void {
  for (const [name, help, read] of gauges) {
    const gauge = new Gauge({
      name: `leadpost_mailbox_${name}`,
      help,
      labelNames: ['mailbox'],
      registers: [],
      collect() {
        this.reset()
        const now = Date.now()
        for (const report of reports()) {
          const value = read(report, now)
          if (value !== null) this.set({ mailbox: report.id }, value)
        }
      },
    })
    registry.registerMetric(gauge)
  }
}

/** Names mailboxes by id alone: the page may be read by anybody. `mailbox list` tells what is wrong with each. */
export function mailboxesPart(reports: MailboxReports): ReadinessPart {
  return {
    name: 'mailboxes',
    required: false,
    check() {
      const all = reports()
      const away = all.filter(({ connectedAt }) => connectedAt === null).map(({ id }) => id)
      if (away.length > 0)
        throw new Error(`${away.length} of ${all.length} are not connected (mailbox list says why): ${away.slice(0, idsMax).join(', ')}`)
      const aside = all.reduce((sum, { setAside }) => sum + setAside, 0)
      const waiting = all.reduce((sum, report) => sum + report.waiting, 0)
      return all.length === 0 ? 'none is watched here' : `${all.length} connected, ${waiting} messages waiting, ${aside} set aside`
    },
  }
}

const idsMax = 10

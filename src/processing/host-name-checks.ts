/** The timetable of one process: looks proven host names up again when they are due, and lets those go whose record is gone for too long. */
import { checkAgainMs } from '../crm/host-proof.ts'
import { wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { takeDueHostClaims } from '../store/host-claims.ts'
import { checkClaim, type CheckedClaim, type TxtResolver } from './host-name-proof.ts'

/** What is due stands in the rows, so a process that starts often, or sleeps, keeps the hours all the same. */
const lookEveryDefaultMs = 10 * 60_000
/** Looked up at the same time. */
const claimsMax = 10

export interface HostNameChecks {
  /** Looks up what is due, until nothing is; answers how many there were. Calls while it runs wait for the same run. Never throws. */
  checkDue(): Promise<number>
  /** Waits for the look-ups under way; close the resolver first, then none takes long. */
  close(): Promise<void>
}

export function openHostNameChecks(deps: {
  readonly database: Database
  readonly dns: TxtResolver
  readonly log: Log
  /** A name fares otherwise than before, whose is no matter. */
  readonly nudge?: () => void
  readonly lookEveryMs?: number
  readonly now?: () => Date
}): HostNameChecks {
  const { database, dns, log, nudge, now = () => new Date() } = deps
  let running: Promise<number> | null = null
  const closing = new AbortController()

  const run = async (): Promise<number> => {
    let looked = 0
    try {
      while (!closing.signal.aborted) {
        const at = now()
        const claims = await takeDueHostClaims(database, { at, againAt: new Date(at.getTime() + checkAgainMs), claimsMax })
        if (claims.length === 0) break
        looked += claims.length
        const found = await Promise.all(claims.map((claim) => checkClaim(database, dns, claim, at)))
        for (const checked of found) tell(log, checked)
        if (found.some(({ outcome }) => outcome.change !== null)) nudge?.()
      }
    } catch (error) {
      log.warn({ trouble: wordsOf(error) }, 'host names could not be looked up again now')
    }
    return looked
  }
  const checkDue = (): Promise<number> => {
    running ??= run().finally(() => {
      running = null
    })
    return running
  }
  const timer = setInterval(() => void checkDue(), deps.lookEveryMs ?? lookEveryDefaultMs)
  void checkDue()
  return {
    checkDue,
    async close() {
      closing.abort()
      clearInterval(timer)
      await running
    },
  }
}

function tell(log: Log, { claim, record, finding, trouble, outcome }: CheckedClaim): void {
  const about = { tenant: claim.tenant, hostName: claim.name, record: record.name, finding }
  switch (outcome.change) {
    case 'lapsed':
      log.warn({ ...about, stillCounts: outcome.counts }, 'the TXT record of a host name was gone for too long: it is unproven again')
      break
    case 'missed':
      log.warn(
        { ...about, lapsesAt: outcome.lapsesAt },
        'the TXT record of a host name is gone; unless it comes back the name will count no more',
      )
      break
    case 'heldByOther':
      log.warn(about, 'the TXT record of a host name is back, but another tenant has the name by now')
      break
    case 'proven':
    case 'restored':
      log.info(about, 'the TXT record of a host name is back')
      break
    case 'withdrawn':
    case null:
      if (finding === 'unknown')
        log.info({ ...about, trouble }, 'nobody could be asked for the TXT record of a host name; asked again later')
      break
  }
}

/** What the program counts about itself, for Prometheus. Numbers and codes only, never an address or a subject. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { IntakeCount, IntakeMetrics } from '../intake/intake-metrics.ts'
import type { ProcessingMetrics } from '../processing/processing-context.ts'
import { within } from '../queue/trouble.ts'

export interface Metrics extends IntakeMetrics, ProcessingMetrics {
  readonly registry: Registry
  accepted(channel: string): void
  /** `reason` is one of the closed failure codes; never what a client wrote. */
  refused(reason: string): void
}

export interface SpoolMeasure {
  readonly messages: number
  readonly bytes: number
  readonly oldestAgeMs: number
}

export interface MeasuredParts {
  readonly spool: () => SpoolMeasure
  readonly queueDepth: () => Promise<number>
  /** Waiting mails that could not be judged again. */
  readonly failedOffers: () => Promise<number>
}

/** A scrape does not wait longer for one number. */
const countTimeoutMs = 3_000
/** From a few small mails to what only hostile ones take. */
const secondsBuckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]

/** What the door counts, but for accepted and refused mails: those are counted with their channel and reason. */
const intakeCounters: Partial<Record<IntakeCount, { readonly name: string; readonly help: string }>> = {
  bytesAccepted: { name: 'leadpost_accepted_bytes_total', help: 'Bytes of accepted mails' },
  messagesAdmitted: { name: 'leadpost_admitted_total', help: 'Mails moved from the spool into the database' },
  admissionFailures: { name: 'leadpost_admission_failures_total', help: 'Times that the spool could not be moved on; it is tried again' },
  smtpConnections: { name: 'leadpost_smtp_connections_total', help: 'SMTP connections' },
  smtpConnectionsRefused: { name: 'leadpost_smtp_connections_refused_total', help: 'SMTP connections that were too many or too fast' },
  smtpSignInFailures: { name: 'leadpost_smtp_sign_in_failures_total', help: 'Wrong passwords' },
}

/** One registry per program, so that two in one process (tests) do not count into each other. */
export function openMetrics(parts: MeasuredParts): Metrics {
  const registry = new Registry()
  const registers = [registry]
  // Event-loop lag, memory, garbage collection, open handles.
  collectDefaultMetrics({ register: registry })
  const accepted = new Counter({ name: 'leadpost_accepted_total', help: 'Mails accepted', labelNames: ['channel'], registers })
  const refused = new Counter({ name: 'leadpost_refused_total', help: 'Mails refused', labelNames: ['reason'], registers })
  const settled = new Counter({
    name: 'leadpost_settled_total',
    help: 'Deliveries settled, by outcome',
    labelNames: ['outcome', 'reason'],
    registers,
  })
  const processing = new Histogram({
    name: 'leadpost_processing_seconds',
    help: 'Seconds that a batch of mails took, by stage',
    labelNames: ['stage'],
    buckets: secondsBuckets,
    registers,
  })
  const intake = new Map(Object.entries(intakeCounters).map(([what, { name, help }]) => [what, new Counter({ name, help, registers })]))
  openSpoolGauges(registry, parts)
  openCountGauge(registry, parts.queueDepth, {
    name: 'leadpost_queue_depth',
    help: 'Rings that wait or are being answered; absent while the queue server is away',
  })
  openCountGauge(registry, parts.failedOffers, {
    name: 'leadpost_failed_offers',
    help: 'Waiting mails that could not be judged again when something was added; absent while the database is away',
  })
  return {
    registry,
    accepted: (channel) => accepted.inc({ channel }),
    refused: (reason) => refused.inc({ reason }),
    count: (what, by) => intake.get(what)?.inc(by),
    settled: (outcome, reason) => settled.inc({ outcome, reason: reason ?? '' }),
    stage: (stage, seconds) => processing.observe({ stage }, seconds),
  }
}

function openSpoolGauges(registry: Registry, parts: MeasuredParts): void {
  const gauges: readonly (readonly [name: string, help: string, read: (spool: SpoolMeasure) => number])[] = [
    ['leadpost_spool_messages', 'Mails accepted and not yet in the database', (spool) => spool.messages],
    ['leadpost_spool_bytes', 'Bytes accepted and not yet in the database', (spool) => spool.bytes],
    ['leadpost_spool_oldest_seconds', 'Age of the oldest mail in the spool', (spool) => spool.oldestAgeMs / 1000],
  ]
  for (const [name, help, read] of gauges) {
    const gauge = new Gauge({
      name,
      help,
      registers: [],
      collect() {
        this.set(read(parts.spool()))
      },
    })
    registry.registerMetric(gauge)
  }
}

/** Absent where it cannot be counted now. */
function openCountGauge(registry: Registry, count: () => Promise<number>, { name, help }: { name: string; help: string }): void {
  const gauge = new Gauge({
    name,
    help,
    registers: [],
    async collect() {
      const now = await within(count(), countTimeoutMs).catch(() => null)
      if (now === null) this.remove()
      else this.set(now)
    },
  })
  registry.registerMetric(gauge)
}

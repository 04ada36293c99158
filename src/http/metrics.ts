/** What the program counts about itself, for Prometheus. Numbers and codes only, never an address or a subject. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type GaugeConfiguration } from 'prom-client'

export interface Metrics {
  readonly registry: Registry
  accepted(channel: string, bytes: number): void
  /** `reason` is one of the closed failure codes or SMTP replies; never what a client wrote. */
  refused(reason: string): void
  admitted(messages: number): void
  settled(outcome: string, messages: number): void
  processed(seconds: number): void
}

export interface MeasuredParts {
  readonly spool: () => { readonly bytes: number; readonly oldestAgeMs: number }
  readonly queueDepth: () => Promise<number>
}

/** From a mail that is settled at once to one that waited for its turn. */
const secondsBuckets = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30]

/** One registry per program, so that two in one process (tests) do not count into each other. */
export function openMetrics(parts: MeasuredParts): Metrics {
  const registry = new Registry()
  const registers = [registry]
  // Event-loop lag, memory, garbage collection, open handles.
  collectDefaultMetrics({ register: registry })
  const messages = new Counter({ name: 'leadpost_accepted_total', help: 'Mails accepted', labelNames: ['channel'], registers })
  const bytes = new Counter({ name: 'leadpost_accepted_bytes_total', help: 'Bytes of accepted mails', labelNames: ['channel'], registers })
  const refused = new Counter({
    name: 'leadpost_refused_total',
    help: 'Mails, recipients and connections refused',
    labelNames: ['reason'],
    registers,
  })
  const admitted = new Counter({ name: 'leadpost_admitted_total', help: 'Mails moved from the spool into the database', registers })
  const settled = new Counter({
    name: 'leadpost_settled_total',
    help: 'Deliveries settled, by outcome',
    labelNames: ['outcome'],
    registers,
  })
  const measure = (gauge: GaugeConfiguration<string>): void => registry.registerMetric(new Gauge(gauge))
  const processing = new Histogram({
    name: 'leadpost_processing_seconds',
    help: 'Seconds from claim to settled, a mail',
    buckets: secondsBuckets,
    registers,
  })
  measure({
    name: 'leadpost_spool_bytes',
    help: 'Bytes accepted and not yet in the database',
    registers: [],
    collect() {
      this.set(parts.spool().bytes)
    },
  })
  measure({
    name: 'leadpost_spool_oldest_seconds',
    help: 'Age of the oldest mail in the spool',
    registers: [],
    collect() {
      this.set(parts.spool().oldestAgeMs / 1000)
    },
  })
  measure({
    name: 'leadpost_queue_depth',
    help: 'Rings that wait or are being answered; absent while the queue server is away',
    registers: [],
    async collect() {
      const depth = await parts.queueDepth().catch(() => null)
      if (depth === null) this.remove()
      else this.set(depth)
    },
  })
  return {
    registry,
    accepted(channel, size) {
      messages.inc({ channel })
      bytes.inc({ channel }, size)
    },
    refused: (reason) => refused.inc({ reason }),
    admitted: (count) => admitted.inc(count),
    settled: (outcome, count) => settled.inc({ outcome }, count),
    processed: (seconds) => processing.observe(seconds),
  }
}

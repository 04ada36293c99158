/** DNS look-ups for the authentication of senders: asked once, remembered for a bounded time, and never turning "could not be asked" into "there is none". */
import { Resolver } from 'node:dns/promises'

/** What a look-up may yield, by record type, in Node's shapes. */
export interface DnsAnswers {
  readonly A: readonly string[]
  readonly AAAA: readonly string[]
  readonly CNAME: readonly string[]
  readonly MX: readonly { readonly exchange: string; readonly priority: number }[]
  readonly PTR: readonly string[]
  /** Each record as its character-strings, which the reader joins without a space (RFC 7208 §3.3, 6376 §3.6.2.2). */
  readonly TXT: readonly (readonly string[])[]
}
export type RecordType = keyof DnsAnswers

/**
 * Why there is no answer. `noSuchName` (NXDOMAIN) and `noData` (the name is there, such a record is not) are facts about the domain, `badName`
 * is one about the question; `temporary` (SERVFAIL, REFUSED, time-out, a broken answer) says nothing about the domain (invariant 7).
 */
export type DnsFailureKind = 'noSuchName' | 'noData' | 'badName' | 'temporary'

/** `code` is Node's word (`ENOTFOUND`, `ENODATA`, `EBADNAME`, `ETIMEOUT`, `ESERVFAIL` …): the verifying library tells failures apart by it. */
export class DnsFailure extends Error {
  readonly kind: DnsFailureKind
  readonly code: string
  constructor(kind: DnsFailureKind, code: string, question: string) {
    super(`no answer for ${question}: ${code}`)
    this.name = 'DnsFailure'
    this.kind = kind
    this.code = code
  }
}

export interface DnsResolver {
  /** Throws a DnsFailure. Answer and failure are shared between callers and may not be changed. */
  resolve<T extends RecordType>(name: string, type: T): Promise<DnsAnswers[T]>
  /** Gives up what is being asked; later look-ups fail as temporary. */
  close(): void
}

/** One try on one server; a second try follows, on the next server where there are several. */
export const queryTimeoutMs = 2_000
export const queryTriesMax = 2
/** How long an answer counts: Node tells the time to live of addresses alone, every other record gets the middle one. */
export const addressTtlMinMs = 5_000
export const addressTtlMaxMs = 3_600_000
export const unknownTtlMs = 300_000
/** "There is none" is believed for a shorter time, since people mend it and try again; that nobody answered only so long that a batch does not wait twice. */
export const negativeTtlMs = 60_000
export const failureTtlMs = 1_000
export const cacheEntriesMax = 20_000
export const cacheBytesMax = 32 * 1024 * 1024
/** An answer larger than this is given out but not kept. */
export const answerBytesMax = 32 * 1024

interface Outcome {
  readonly answer: DnsAnswers[RecordType] | null
  readonly failure: DnsFailure | null
  readonly ttlMs: number
  readonly bytes: number
}

interface Kept {
  readonly outcome: Outcome
  readonly expiresAt: number
}

export interface DnsResolverOptions {
  /** `address` or `address:port`, asked in this order; none: the system's. */
  readonly servers?: readonly string[]
  readonly timeoutMs?: number
  readonly triesMax?: number
  readonly entriesMax?: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

export function openDnsResolver(options: DnsResolverOptions = {}): DnsResolver {
  const { servers = [], timeoutMs = queryTimeoutMs, triesMax = queryTriesMax, entriesMax = cacheEntriesMax } = options
  const now = options.now ?? (() => performance.now())
  const wire = new Resolver({ timeout: timeoutMs, tries: triesMax })
  if (servers.length > 0) wire.setServers(servers)
  const cache = openCache(entriesMax)
  const underWay = new Map<string, Promise<Outcome>>()
  let closed = false

  const outcomeOf = (question: string, name: string, type: RecordType): Outcome | Promise<Outcome> => {
    const kept = cache.get(question, now())
    if (kept !== null) return kept
    const same = underWay.get(question)
    if (same !== undefined) return same
    if (closed) return temporaryOutcome('ECANCELLED', question)
    const asked = ask(wire, question, name, type).then((outcome) => {
      underWay.delete(question)
      cache.put(question, outcome, now())
      return outcome
    })
    underWay.set(question, asked)
    return asked
  }

  return {
    async resolve<T extends RecordType>(name: string, type: T): Promise<DnsAnswers[T]> {
      const canonical = name.toLowerCase().replace(/\.$/, '')
      const question = `${canonical} ${type}`
      const { answer, failure } = await outcomeOf(question, canonical, type)
      if (failure !== null) throw failure
      return answer as DnsAnswers[T]
    },
    close() {
      closed = true
      wire.cancel()
    },
  }
}

/** Never rejects: what went wrong is part of the outcome, kept apart from "none" and remembered like an answer. */
async function ask(wire: Resolver, question: string, name: string, type: RecordType): Promise<Outcome> {
  try {
    if (type === 'A' || type === 'AAAA') {
      const found = await (type === 'A' ? wire.resolve4(name, { ttl: true }) : wire.resolve6(name, { ttl: true }))
      const seconds = Math.min(...found.map(({ ttl }) => ttl))
      return answered(
        found.map(({ address }) => address),
        Math.min(Math.max(seconds * 1_000, addressTtlMinMs), addressTtlMaxMs),
      )
    }
    return answered((await wire.resolve(name, type)) as DnsAnswers[RecordType], unknownTtlMs)
  } catch (error) {
    const code = (error as { code?: unknown }).code
    if (code === 'ENOTFOUND') return failed('noSuchName', code, question, negativeTtlMs)
    if (code === 'ENODATA') return failed('noData', code, question, negativeTtlMs)
    if (code === 'EBADNAME') return failed('badName', code, question, negativeTtlMs)
    return temporaryOutcome(typeof code === 'string' ? code : 'EUNKNOWN', question)
  }
}

function answered(answer: DnsAnswers[RecordType], ttlMs: number): Outcome {
  return { answer, failure: null, ttlMs, bytes: bytesOf(answer) }
}

function failed(kind: DnsFailureKind, code: string, question: string, ttlMs: number): Outcome {
  return { answer: null, failure: new DnsFailure(kind, code, question), ttlMs, bytes: 0 }
}

function temporaryOutcome(code: string, question: string): Outcome {
  return failed('temporary', code, question, failureTtlMs)
}

function bytesOf(answer: DnsAnswers[RecordType]): number {
  let bytes = 0
  for (const record of answer) {
    if (typeof record === 'string') bytes += record.length
    else if ('exchange' in record) bytes += record.exchange.length
    else for (const part of record) bytes += part.length
  }
  return bytes
}

interface Cache {
  get(question: string, nowMs: number): Outcome | null
  put(question: string, outcome: Outcome, nowMs: number): void
}

/** The least recently asked goes first, so that a flood of invented names cannot push out those that are asked all day. */
function openCache(entriesMax: number): Cache {
  const entries = new Map<string, Kept>()
  const entryBytes = (question: string, outcome: Outcome): number => question.length + outcome.bytes
  let bytes = 0
  const drop = (question: string, kept: Kept): void => {
    entries.delete(question)
    bytes -= entryBytes(question, kept.outcome)
  }
  return {
    get(question, nowMs) {
      const kept = entries.get(question)
      if (kept === undefined) return null
      if (kept.expiresAt <= nowMs) {
        drop(question, kept)
        return null
      }
      entries.delete(question)
      entries.set(question, kept)
      return kept.outcome
    },
    put(question, outcome, nowMs) {
      if (outcome.bytes > answerBytesMax) return
      const before = entries.get(question)
      if (before !== undefined) drop(question, before)
      entries.set(question, { outcome, expiresAt: nowMs + outcome.ttlMs })
      bytes += entryBytes(question, outcome)
      for (const [oldest, kept] of entries) {
        if (entries.size <= entriesMax && bytes <= cacheBytesMax) break
        drop(oldest, kept)
      }
    },
  }
}

/**
 * Live events as Server-Sent Events (WHATWG HTML §9.2): one feed per tenant reads the trail when it is nudged, and tells every stream what its reader may
 * know: ids, and of what has just come what lists show of it. The last event of a look bears the id to go on with; what was missed meanwhile follows a reconnect.
 *
 *     event: history.appended          what happened (data: eventShape)
 *     event: reload                    what is shown must be asked for anew: more happened than is told one by one
 *     :                                still there
 */
import type { z } from 'zod'
import type { eventShape } from '../api/shapes-events.ts'
import { wordsOf } from '../failure.ts'
import type { TenantId } from '../crm/ids.ts'
import { calls, type Role } from '../api/calls.ts'
import type { UserRole } from '../crm/policy.ts'
import { readTrail, type Trail, type TrailEvent } from '../store/events.ts'
import { readViewer, type Viewer } from '../store/viewer.ts'
import { type Guard, type Handlers, sent } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { OperatorFeed, type OperatorFeedContext } from './operator-feed.ts'
import { beginStream, checkRoom, checkStreams, keepAliveMs, lastIdOf, type Stream, write } from './sse-stream.ts'

/** Looks of one tenant are at least so far apart: the first comes at once, a storm of mail becomes a few. */
const lookSpacingMs = 25
/** Nudges may be lost; the trail is looked at so often without any. */
const sweepMs = 5_000

interface TenantStream extends Stream {
  readonly viewer: Viewer
}

interface FeedOptions {
  readonly context: Pick<ApiContext, 'store' | 'log' | 'events' | 'clock'>
  readonly guard: Guard
  readonly tenantId: TenantId
  readonly ended: (stream: Stream) => void
}

type Context = FeedOptions['context'] & OperatorFeedContext

/** `guard` is asked again while a stream is open: it must not count against the caller's requests. */
export function eventHandlers(context: Context, guard: Guard): Pick<Handlers, 'listEvents' | 'listOperatorEvents'> {
  const feeds = new Map<TenantId, Feed>()
  const open = new Set<Stream>()
  const ended = (stream: Stream): void => void open.delete(stream)
  const operators = new OperatorFeed(context, guard, ended)
  function feedOf(tenantId: TenantId): Feed {
    const feed = feeds.get(tenantId) ?? new Feed({ context, guard, tenantId, ended })
    feeds.set(tenantId, feed)
    return feed
  }
  return {
    async listEvents({ caller, tenant, request, reply }) {
      checkRoom(open, caller)
      const { role, userId } = caller
      const viewer = await context.store.database.tenantSql(tenant.id, (sql) => readViewer(sql, tenant.id, role as UserRole, userId))
      const feed = feedOf(tenant.id)
      // What the reader has seen is told before the stream begins, so that a database that is away is an answer of its own.
      const begin = await feed.beginAt(lastIdOf(request))
      const stream = { response: beginStream(reply), request, caller, viewer }
      open.add(stream)
      feed.add(stream, begin)
      return sent
    },
    async listOperatorEvents({ caller, request, reply }) {
      checkRoom(open, caller)
      const stream = { response: beginStream(reply), request, caller }
      open.add(stream)
      operators.add(stream)
      return await Promise.resolve(sent)
    },
  }
}

/** The streams of one tenant. It looks at nothing while there are none. */
class Feed {
  readonly #options: FeedOptions
  readonly #streams = new Set<TenantStream>()
  #seen: string | null = null
  #isLooking = false
  #isLookDue = false
  #stop: (() => void) | null = null

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** What the reader missed since `seen`, and where he is then. Throws what the database throws. */
  async beginAt(seen: string | null): Promise<Trail> {
    return await readTrail(this.#options.context.store.database, this.#options.tenantId, seen)
  }

  add(stream: TenantStream, begin: Trail): void {
    const { response } = stream
    response.once('close', () => this.#remove(stream))
    response.on('error', () => this.#remove(stream))
    this.#start(begin.seen)
    this.#streams.add(stream)
    tell(stream, begin)
    // Between its beginning and the last look of the others something may have happened that these were told already.
    if (this.#seen !== begin.seen) void this.#catchUp(stream, begin.seen)
  }

  #start(seen: string): void {
    if (this.#stop !== null) return
    this.#seen = seen
    const endNudges = this.#options.context.events.onNudge(this.#options.tenantId, () => this.#look())
    const sweep = setInterval(() => this.#look(), sweepMs)
    const keepAlive = setInterval(() => void this.#checkAll(), keepAliveMs)
    this.#stop = () => {
      endNudges()
      clearInterval(sweep)
      clearInterval(keepAlive)
    }
  }

  #remove(stream: TenantStream): void {
    this.#options.ended(stream)
    if (!this.#streams.delete(stream) || this.#streams.size > 0) return
    this.#stop?.()
    this.#stop = null
    this.#seen = null
  }

  #look(): void {
    this.#isLookDue = true
    if (!this.#isLooking) void this.#lookWhileDue()
  }

  /** Never throws. */
  async #lookWhileDue(): Promise<void> {
    this.#isLooking = true
    while (this.#isLookDue && this.#seen !== null) {
      this.#isLookDue = false
      try {
        await this.#lookOnce(this.#seen)
      } catch (error) {
        // Nothing is lost: what is seen stays as it was, and the sweep looks again.
        this.#options.context.log.debug({ trouble: wordsOf(error) }, 'live events could not be read now')
      }
      await new Promise((resolve) => setTimeout(resolve, lookSpacingMs))
    }
    this.#isLooking = false
  }

  async #lookOnce(seen: string): Promise<void> {
    const { store, clock } = this.#options.context
    const trail = await readTrail(store.database, this.#options.tenantId, seen, clock())
    // All of them went meanwhile, and perhaps others came, who began anew.
    if (this.#seen !== seen) return
    this.#seen = trail.seen
    const textOf = eventTexts()
    for (const stream of this.#streams) tell(stream, trail, textOf)
    if (trail.touchesAccess) await this.#checkAll()
  }

  /** Tells one stream what happened since `seen`; an event that reaches it twice is no harm. */
  async #catchUp(stream: TenantStream, seen: string): Promise<void> {
    try {
      tell(stream, await readTrail(this.#options.context.store.database, this.#options.tenantId, seen))
    } catch {
      stream.response.destroy()
    }
  }

  async #checkAll(): Promise<void> {
    await checkStreams(this.#streams, this.#options.guard)
  }
}

function tell(stream: TenantStream, { events, hasGap, seen }: Trail, textOf = eventTexts()): void {
  const known = events.filter((event) => mayKnow(stream.viewer, event)).map(textOf)
  if (hasGap) known.push('event: reload\ndata: {}\n')
  // Without an event the id alone moves the reader on, so that he has little to catch up with.
  write(stream, [...known.slice(0, -1).map((text) => `${text}\n`), `${known.at(-1) ?? ''}id: ${seen}\n\n`].join(''))
}

/** A salesperson is asked about the mail that he sent himself; how things fare is for those who may read it. */
function mayKnow({ role, addresses }: Viewer, { kind, mailOf }: TrailEvent): boolean {
  if (kind === 'health.changed') return (calls.readHealth.allow as readonly Role[]).includes(role)
  return mailOf === null || role !== 'salesperson' || mailOf.some((address) => addresses.includes(address))
}

/** Written once for all streams. */
function eventTexts(): (event: TrailEvent) => string {
  const texts = new Map<TrailEvent, string>()
  return (event) => {
    const text = texts.get(event) ?? eventText(event)
    texts.set(event, text)
    return text
  }
}

function eventText({ kind, id, at, actor, lead, content }: TrailEvent): string {
  return `event: ${kind}\ndata: ${JSON.stringify({ kind, id, at, actor, lead, ...content } satisfies z.output<typeof eventShape>)}\n`
}

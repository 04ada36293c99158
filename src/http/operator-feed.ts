/**
 * Live events for whoever runs the installation. Nothing is told but that something happened at some tenant, or to a part of the program, and so whatever is
 * shown is to be asked for anew, with the rights of whoever asks: an event says nothing that would have to be kept from anybody. Nudges may be lost: the page
 * asks by itself from time to time.
 *
 *     event: reload
 */
import type { Guard } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { checkReadiness } from './readiness.ts'
import { checkStreams, keepAliveMs, lastIdOf, type Stream, write } from './sse-stream.ts'

/** Between two events: the first comes at once, those that would come meanwhile become one. */
export const operatorSpacingMs = 1_000
/** Parts and listeners nudge nobody; they are asked so often while somebody listens. */
const partsIntervalMs = 5_000

/** What is told has no order: one who comes back may have missed something, wherever he was. */
const reload = 'event: reload\ndata: {}\nid: 1\n\n'

export type OperatorFeedContext = Pick<ApiContext, 'events' | 'parts' | 'listeners'>

/** It looks at nothing while nobody listens. */
export class OperatorFeed {
  readonly #context: OperatorFeedContext
  readonly #guard: Guard
  readonly #ended: (stream: Stream) => void
  readonly #streams = new Set<Stream>()
  #resting: NodeJS.Timeout | null = null
  #isDue = false
  #stop: (() => void) | null = null

  constructor(context: OperatorFeedContext, guard: Guard, ended: (stream: Stream) => void) {
    this.#context = context
    this.#guard = guard
    this.#ended = ended
  }

  add(stream: Stream): void {
    stream.response.once('close', () => this.#remove(stream))
    stream.response.on('error', () => this.#remove(stream))
    this.#start()
    this.#streams.add(stream)
    write(stream, lastIdOf(stream.request) === null ? 'id: 1\n\n' : reload)
  }

  #start(): void {
    if (this.#stop !== null) return
    const endNudges = this.#context.events.onNudge(null, () => this.#tell())
    const endParts = this.#watchParts()
    const keepAlive = setInterval(() => void checkStreams(this.#streams, this.#guard), keepAliveMs)
    this.#stop = () => {
      endNudges()
      endParts()
      clearInterval(keepAlive)
      if (this.#resting !== null) clearTimeout(this.#resting)
      this.#resting = null
      this.#isDue = false
    }
  }

  #remove(stream: Stream): void {
    this.#ended(stream)
    if (!this.#streams.delete(stream) || this.#streams.size > 0) return
    this.#stop?.()
    this.#stop = null
  }

  #tell(): void {
    if (this.#resting !== null) {
      this.#isDue = true
      return
    }
    for (const stream of this.#streams) write(stream, reload)
    this.#resting = setTimeout(() => {
      this.#resting = null
      if (!this.#isDue) return
      this.#isDue = false
      this.#tell()
    }, operatorSpacingMs)
  }

  /** Told when one of them begins or ends to work. */
  #watchParts(): () => void {
    let known: string | null = null
    let isAsking = false
    let isOver = false
    const ask = async (): Promise<void> => {
      if (isAsking) return
      isAsking = true
      const parts = await checkReadiness(this.#context.parts)
      isAsking = false
      const now = JSON.stringify([parts.map(({ name, ok }) => [name, ok]), this.#context.listeners()])
      if (!isOver && known !== null && known !== now) this.#tell()
      known = now
    }
    void ask()
    const timer = setInterval(() => void ask(), partsIntervalMs)
    return () => {
      isOver = true
      clearInterval(timer)
    }
  }
}

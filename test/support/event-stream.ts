/** A reader of Server-Sent Events, as far as a test needs one. */
import { setTimeout as sleep } from 'node:timers/promises'

export interface HeardEvent {
  readonly name: string
  readonly data: Record<string, unknown>
  /** `performance.now()` at its arrival. */
  readonly at: number
}

export interface EventStream {
  readonly events: HeardEvent[]
  readonly status: number
  readonly headers: Headers
  /** Where to go on. */
  lastId(): string
  isOpen(): boolean
  /** Waits until an event that fits has come. */
  heard(fits: (event: HeardEvent) => boolean, timeoutMs?: number): Promise<HeardEvent>
  close(): void
}

export async function openEventStream(url: string, headers: Readonly<Record<string, string>>): Promise<EventStream> {
  const ending = new AbortController()
  const response = await fetch(url, { headers: { ...headers, accept: 'text/event-stream' }, signal: ending.signal })
  const events: HeardEvent[] = []
  let lastId = ''
  let isOpen = response.ok
  function take(block: string): void {
    const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]))
    lastId = fields.get('id') ?? lastId
    const data = fields.get('data')
    if (data !== undefined)
      events.push({ name: fields.get('event') ?? 'message', data: JSON.parse(data) as Record<string, unknown>, at: performance.now() })
  }
  async function read(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of body) {
      text += decoder.decode(chunk, { stream: true })
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) take(block)
    }
  }
  if (response.body !== null)
    void read(response.body)
      .catch(() => undefined)
      .finally(() => (isOpen = false))
  return {
    events,
    status: response.status,
    headers: response.headers,
    lastId: () => lastId,
    isOpen: () => isOpen,
    async heard(fits, timeoutMs = 20_000) {
      for (const until = Date.now() + timeoutMs; Date.now() < until; await sleep(2)) {
        const found = events.find(fits)
        if (found !== undefined) return found
      }
      throw new Error(`not heard within ${timeoutMs} ms; heard: ${JSON.stringify(events.map(({ name }) => name))}`)
    },
    close: () => ending.abort(),
  }
}

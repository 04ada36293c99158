/** For what follows live events: the first is followed at once, since somebody may be waiting for it; those that come soon after become one step. */

export interface Gathered<T> {
  add(...more: readonly T[]): void
  /** What was gathered and not followed yet is forgotten. */
  stop(): void
}

/** `run` is called with what was added since it ran last, at most every `spacingMs`, and however much comes, no later than that. */
export function gathered<T>(spacingMs: number, run: (added: readonly T[]) => void): Gathered<T> {
  let waiting: T[] = []
  let resting: ReturnType<typeof setTimeout> | null = null
  const step = (): void => {
    const added = waiting
    waiting = []
    resting = setTimeout(() => {
      resting = null
      if (waiting.length > 0) step()
    }, spacingMs)
    run(added)
  }
  return {
    add(...more) {
      waiting.push(...more)
      if (resting === null && waiting.length > 0) step()
    },
    stop() {
      waiting = []
      if (resting !== null) clearTimeout(resting)
      resting = null
    },
  }
}

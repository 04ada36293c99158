/**
 * What was written a moment ago and is read again soon, kept in memory up to so many bytes: whoever finds it here need not read it back. It may be
 * forgotten at any time, the oldest first; what was written is what counts.
 */
export class Recent<Key, Value> {
  readonly #bytesMax: number
  readonly #kept = new Map<Key, { readonly value: Value; readonly bytes: number }>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  add(key: Key, value: Value, bytes: number): void {
    this.take(key)
    this.#kept.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#bytesMax) break
      this.take(oldest)
    }
  }

  /** It is not kept any longer; undefined where it is not here. */
  take(key: Key): Value | undefined {
    const found = this.#kept.get(key)
    if (found === undefined) return undefined
    this.#kept.delete(key)
    this.#bytes -= found.bytes
    return found.value
  }
}

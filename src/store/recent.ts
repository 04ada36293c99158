/**
 * What was written a moment ago and is read again soon, kept in memory up to a size (in bytes, or a count): whoever finds it here need not read it back. It
 * may be forgotten at any time, the oldest first; what was written is what counts.
 */
export class Recent<Key, Value> {
  readonly #sizeMax: number
  readonly #kept = new Map<Key, { readonly value: Value; readonly size: number }>()
  #size = 0

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax
  }

  add(key: Key, value: Value, size: number): void {
    this.take(key)
    this.#kept.set(key, { value, size })
    this.#size += size
    for (const oldest of this.#kept.keys()) {
      if (this.#size <= this.#sizeMax) break
      this.take(oldest)
    }
  }

  find(key: Key): Value | undefined {
    return this.#kept.get(key)?.value
  }

  /** It is not kept any longer; undefined where it is not here. */
  take(key: Key): Value | undefined {
    const found = this.#kept.get(key)
    if (found === undefined) return undefined
    this.#kept.delete(key)
    this.#size -= found.size
    return found.value
  }
}

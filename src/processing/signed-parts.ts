/** What the check of a sender needs of a message's bytes: its header, and hashes of its body. So the body need not be kept, nor read a second time. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { headerBlockOf, readHeaderLines } from '../mail/header.ts'
import type { HeaderLine } from '../mail/message.ts'
import { CanonicalBody, type BodyForm } from './dkim-body.ts'

export interface SignedParts {
  /** The header block as received, at most `headerBytesMax` of it. */
  readonly header: Uint8Array
  /** Base64, by form and algorithm (`relaxed sha256`): those that some signature in the header may have been made over. */
  readonly bodyHashes: Readonly<Record<string, string>>
}

/** No body has this hash. Asked for only where a signature is written so oddly that its form was not understood beforehand: then it does not hold. */
const noHash = '\u0000'

export function bodyHashOf({ bodyHashes }: SignedParts, canonicalization: string, algorithm: string): string {
  return bodyHashes[`${canonicalization} ${algorithm}`] ?? noHash
}

/** Four at most, however many signatures there are. A message without any costs nothing. */
export class BodyHashes {
  readonly #bodies: CanonicalBody[] = []
  readonly #digests: (readonly [string, () => string])[] = []

  constructor(lines: readonly Pick<HeaderLine, 'name' | 'value'>[]) {
    for (const { form, algorithms } of formsOf(lines)) {
      const hashes = algorithms.map((algorithm) => createHash(algorithm))
      this.#bodies.push(
        new CanonicalBody(form, (piece) => {
          for (const hash of hashes) hash.update(piece)
        }),
      )
      for (const [index, algorithm] of algorithms.entries())
        this.#digests.push([`${form} ${algorithm}`, () => hashes[index]?.digest('base64') ?? noHash])
    }
  }

  get isNeeded(): boolean {
    return this.#bodies.length > 0
  }

  push(chunk: Uint8Array): void {
    for (const body of this.#bodies) body.push(chunk)
  }

  end(): Record<string, string> {
    for (const body of this.#bodies) body.end()
    return Object.fromEntries(this.#digests.map(([name, digest]) => [name, digest()]))
  }
}

/** What the signatures ask for, read generously: c= without a second word, or none at all, means a simple body (RFC 6376 §3.5). */
function formsOf(lines: readonly Pick<HeaderLine, 'name' | 'value'>[]): { form: BodyForm; algorithms: string[] }[] {
  const written = lines
    .filter(({ name }) => name === 'dkim-signature' || name === 'arc-message-signature')
    .map(({ value }) => value.replaceAll(/\s+/g, '').toLowerCase())
  if (written.length === 0) return []
  const algorithms = ['sha256', ...(written.some((value) => value.includes('sha1')) ? ['sha1'] : [])]
  const isRelaxed = (value: string): boolean => /c=[a-z]+\/relaxed/.test(value)
  return [
    ...(written.some(isRelaxed) ? [{ form: 'relaxed' as const, algorithms }] : []),
    ...(written.every(isRelaxed) ? [] : [{ form: 'simple' as const, algorithms }]),
  ]
}

/** Reads a message that comes in chunks, the first of which holds its whole header: that is kept, the body is hashed and let go. */
export class SignedPartsReader {
  readonly #hashes: BodyHashes
  #header: Uint8Array | null = null

  /** `lines` are those of the header. */
  constructor(lines: readonly HeaderLine[]) {
    this.#hashes = new BodyHashes(lines)
  }

  push(chunk: Uint8Array): void {
    if (this.#header !== null) {
      this.#hashes.push(chunk)
      return
    }
    const { block, bodyStart } = headerBlockOf(chunk)
    this.#header = Uint8Array.from(block)
    this.#hashes.push(chunk.subarray(bodyStart))
  }

  end(): SignedParts {
    return { header: this.#header ?? new Uint8Array(), bodyHashes: this.#hashes.end() }
  }
}

/** Of a message that stands in memory, whose header was read already. */
export function signedPartsOf(raw: Uint8Array, lines: readonly HeaderLine[]): SignedParts {
  const reader = new SignedPartsReader(lines)
  reader.push(raw)
  return reader.end()
}

const fileChunkBytes = 256 * 1024

/** Of a message whose first octets, its whole header among them, are `head`, and which is all of that or else stands in `file`. */
export function readSignedParts(head: Uint8Array, file: string | null): SignedParts {
  const { block, bodyStart } = headerBlockOf(head)
  const hashes = new BodyHashes(readHeaderLines(block).lines)
  if (hashes.isNeeded && file === null) hashes.push(head.subarray(bodyStart))
  else if (hashes.isNeeded && file !== null) for (const chunk of chunksOf(file, bodyStart)) hashes.push(chunk)
  // A copy: a view would take the whole message along when it is handed to another thread.
  return { header: Uint8Array.from(block), bodyHashes: hashes.end() }
}

/** Each chunk is the reader's only until it asks for the next. */
function* chunksOf(file: string, start: number): Generator<Uint8Array> {
  const descriptor = openSync(file, 'r')
  try {
    const chunk = Buffer.allocUnsafe(fileChunkBytes)
    for (let at = start; ;) {
      const bytes = readSync(descriptor, chunk, 0, chunk.length, at)
      if (bytes === 0) return
      yield chunk.subarray(0, bytes)
      at += bytes
    }
  } finally {
    closeSync(descriptor)
  }
}

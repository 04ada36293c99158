/** A message body in the canonical forms of DKIM (RFC 6376 §3.4.3, §3.4.4), as a stream, at a cost that no body can drive up. */

const carriageReturn = 0x0d
const lineFeed = 0x0a
const space = 0x20
const tab = 0x09

export type BodyForm = 'relaxed' | 'simple'

/** What is read at once: the working buffer is twice that. */
const pieceBytes = 32 * 1024
/** One for all: it is empty again whenever `push` or `end` returns. */
const working = Buffer.allocUnsafe(2 * pieceBytes + 8)
const manyLineEnds = Buffer.from('\r\n'.repeat(4_096))

/**
 * Takes a body, whose line ends are CRLF or LF, in chunks of any size, and gives its canonical form to `sink`; a piece is the sink's only until it
 * returns. A body of any length takes the same memory. Our own and not the verifying library's, since that takes the slow way for each line that
 * ends in a blank: a mail of 50 MB made of such lines held the thread for nine seconds.
 */
export class CanonicalBody {
  readonly #sink: (piece: Uint8Array) => void
  readonly #isRelaxed: boolean
  readonly #out = working
  #length = 0
  /** Line ends that count only if content follows (RFC 6376 §3.4.3: empty lines at the end go). */
  #lineEnds = 0
  #isBlank = false
  #afterReturn = false
  #isEmpty = true

  constructor(form: BodyForm, sink: (piece: Uint8Array) => void) {
    this.#isRelaxed = form === 'relaxed'
    this.#sink = sink
  }

  push(chunk: Uint8Array): void {
    for (let from = 0; from < chunk.length; from += pieceBytes) this.#pushPiece(chunk.subarray(from, from + pieceBytes))
  }

  end(): void {
    if (this.#afterReturn) this.#put(carriageReturn)
    this.#lineEnds = this.#isEmpty && this.#isRelaxed ? 0 : 1
    this.#putLineEnds()
    this.#flush()
  }

  #pushPiece(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at++) {
      const octet = piece[at] as number
      if (octet === lineFeed) {
        this.#afterReturn = false
        this.#isBlank = false
        this.#lineEnds++
        continue
      }
      if (this.#afterReturn) {
        this.#afterReturn = false
        this.#put(carriageReturn)
      }
      if (octet === carriageReturn) this.#afterReturn = true
      else if (this.#isRelaxed && (octet === space || octet === tab)) this.#isBlank = true
      else this.#put(octet)
    }
    this.#flush()
  }

  /** Content, with what stood before it: an octet grows by a blank and a line end at most, as long as the working buffer is flushed by the piece. */
  #put(octet: number): void {
    if (this.#lineEnds > 0) this.#putLineEnds()
    if (this.#isBlank) this.#out[this.#length++] = space
    this.#isBlank = false
    this.#isEmpty = false
    this.#out[this.#length++] = octet
  }

  #putLineEnds(): void {
    if (this.#lineEnds === 1 && this.#length + 8 < this.#out.length) {
      this.#out[this.#length++] = carriageReturn
      this.#out[this.#length++] = lineFeed
      this.#lineEnds = 0
      return
    }
    this.#flush()
    for (; this.#lineEnds > 0; this.#lineEnds -= Math.min(this.#lineEnds, manyLineEnds.length / 2)) {
      this.#sink(manyLineEnds.subarray(0, 2 * this.#lineEnds))
    }
  }

  #flush(): void {
    if (this.#length > 0) this.#sink(this.#out.subarray(0, this.#length))
    this.#length = 0
  }
}

/** The canonical form of a body that stands in memory. */
export function canonicalBody(body: Uint8Array, form: BodyForm): Uint8Array {
  const pieces: Uint8Array[] = []
  const canonical = new CanonicalBody(form, (piece) => pieces.push(Uint8Array.from(piece)))
  canonical.push(body)
  canonical.end()
  return Buffer.concat(pieces)
}

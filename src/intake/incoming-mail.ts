/** The content of DATA on its way from the connection to whoever takes the mail in. */
import { Readable } from 'node:stream'

/**
 * Stands where smtp-server has a PassThrough, with those members of a writable stream that its connection uses. V8 lays the function that every writable
 * stream keeps of its own among the old objects, and so holds the stream, and all that hangs on it, until it collects the whole heap; this one it lets go
 * with the young.
 */
export class IncomingMail extends Readable {
  byteLength = 0
  sizeExceeded = false
  writableEnded = false
  #isFull = false

  get writable(): boolean {
    return !this.writableEnded && !this.destroyed
  }

  /** False: the reader has enough for now, and 'drain' tells when it has not. */
  write(chunk: Uint8Array): boolean {
    const mayGoOn = this.push(chunk)
    this.#isFull = !mayGoOn
    return mayGoOn
  }

  end(chunk?: Uint8Array): void {
    this.writableEnded = true
    if (chunk !== undefined) this.push(chunk)
    this.push(null)
  }

  override _read(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.emit('drain')
  }
}

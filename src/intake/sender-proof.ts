/** What the SMTP session asks about a mail whose tenant refuses senders that nothing vouches for. Types only: who checks it is put in by main.ts. */
import type { Envelope, HeaderLine } from '../mail/message.ts'

/** `unknown`: DNS did not say. Such a mail is let in, and processing asks again. */
export type SenderVerdict =
  | { readonly kind: 'believed' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }

/** One mail as it comes in. */
export interface SenderProof {
  /** The message from its first octet on; the first chunk holds its whole header. A chunk is not kept. */
  push(chunk: Uint8Array): void
  /** Once all has come. Never rejects for what a mail says. */
  verdict(): Promise<SenderVerdict>
}

export interface SenderProofs {
  begin(envelope: Envelope, lines: readonly HeaderLine[]): SenderProof
}

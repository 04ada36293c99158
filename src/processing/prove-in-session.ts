/** Checks a sender while his mail is still coming in, for tenants who refuse what nothing vouches for (PRODUCT §2). Nothing of the body is kept. */
import type { Envelope, HeaderLine } from '../mail/message.ts'
import { readMessageHeader } from '../mail/read-header.ts'
import { checkSender, type SenderCheckOptions } from './authenticate.ts'
import { SignedPartsReader } from './signed-parts.ts'

/** A client waits ten minutes for the answer to its mail (RFC 5321 §4.5.3.2.6); a salesperson at his mail program does not. */
export const sessionCheckTimeoutMs = 8_000

export interface ProofInSession {
  push(chunk: Uint8Array): void
  verdict(): Promise<{ kind: 'believed' } | { kind: 'unknown' } | { kind: 'refused'; reasons: readonly string[] }>
}

/** Processing checks the same mail again, out of the remembered answers of DNS. */
export function proveInSession(options: SenderCheckOptions): {
  begin(envelope: Envelope, lines: readonly HeaderLine[]): ProofInSession
} {
  const inSession = { ...options, timeoutMs: Math.min(options.timeoutMs, sessionCheckTimeoutMs) }
  return {
    begin(envelope, lines) {
      const receivedAt = new Date()
      const reader = new SignedPartsReader(lines)
      return {
        push: (chunk) => reader.push(chunk),
        async verdict() {
          const parts = reader.end()
          const header = readMessageHeader(parts.header, envelope.reversePath)
          const verified = await checkSender(envelope, header, parts, receivedAt, inSession)
          if (verified === null || verified.standing === 'aligned') return { kind: 'believed' }
          // Whether he may speak for the author is asked where the tenant's users are known.
          if (verified.submittedBy !== undefined) return { kind: 'unknown' }
          return verified.standing === 'undetermined' ? { kind: 'unknown' } : { kind: 'refused', reasons: verified.reasons }
        },
      }
    },
  }
}

/** The field by which mail that this program sends is known when it comes back (PRODUCT §4, "own mail coming back"; RFC 3834 §4 asks for such a guard). */
import type { HeaderLine } from './message.ts'

/** Whatever we send has it; nobody else's mail has. A reply or an ordinary forward does not carry it on. */
export const ownMarkField = 'x-leadpost-sent'

export function isOwnMail(lines: readonly HeaderLine[]): boolean {
  return lines.some(({ name }) => name === ownMarkField)
}

/** A vCard 4.0 (RFC 6350) of the CRM address, so that mail clients complete it in BCC. */

/** @param addresses the first is preferred. */
export function writeVcard(name: string, organization: string, addresses: readonly string[]): string {
  const lines = [
    'BEGIN:VCARD',
    'VERSION:4.0',
    'KIND:application',
    `FN:${escaped(name)}`,
    `ORG:${escaped(organization)}`,
    ...addresses.map((address, at) => `EMAIL${at === 0 ? ';PREF=1' : ''}:${escaped(address)}`),
    'END:VCARD',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

/** RFC 6350 §3.4. */
function escaped(text: string): string {
  return text.replace(/[\\,;]/g, (character) => `\\${character}`).replace(/\r\n|\r|\n/g, '\\n')
}

const lineOctetsMax = 75

/** RFC 6350 §3.2: lines of at most 75 octets, never broken within a character. */
function folded(line: string): string {
  const parts: string[] = []
  let part = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > lineOctetsMax) {
      parts.push(part)
      part = ' '
      octets = 1
    }
    part += character
    octets += size
  }
  return [...parts, part].join('\r\n')
}

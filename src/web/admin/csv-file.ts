/** A CSV file's bytes as characters: the encoding told by its beginning, or by whether it fits. Spreadsheets write all of these. */

export const encodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'windows-1250', 'windows-1255'] as const
export type Encoding = (typeof encodings)[number]

/** How they are called in spreadsheets. */
export const encodingNames: Readonly<Record<Encoding, string>> = {
  'utf-8': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16 BE',
  'windows-1252': 'Windows-1252',
  'windows-1250': 'Windows-1250',
  'windows-1255': 'Windows-1255',
}

/** So much of a file is looked at. */
const probedBytes = 4_096

/** What spreadsheets without Unicode write where this language is spoken. */
function olderEncoding(language: string): Encoding {
  return language === 'pl' ? 'windows-1250' : language === 'he' ? 'windows-1255' : 'windows-1252'
}

export function guessEncoding(bytes: Uint8Array, language: string): Encoding {
  const [first = 0, second = 0] = bytes
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  const probe = bytes.subarray(0, probedBytes)
  // Without a mark: headings are mostly Latin letters, of which every other byte is zero.
  const zeros = (odd: 0 | 1): number => probe.reduce((count, byte, at) => (byte === 0 && at % 2 === odd ? count + 1 : count), 0)
  if (zeros(1) * 3 > probe.length) return 'utf-16le'
  if (zeros(0) * 3 > probe.length) return 'utf-16be'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return 'utf-8'
  } catch {
    return olderEncoding(language)
  }
}

/** Without the mark at its beginning. Null where it is no text, whatever the encoding: a workbook, a picture. */
export function decodeCsv(bytes: Uint8Array, encoding: Encoding): string | null {
  const text = new TextDecoder(encoding).decode(bytes)
  return text.includes('\0') || text.startsWith('PK\u0003\u0004') ? null : text
}

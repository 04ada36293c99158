/** Where a quoted or forwarded message begins in a body: an announcement, a header block, an attribution, or these together. */
import { attributionEndingAt, mayEndAttribution } from './attribution.ts'
import { type LabelBlock, bareLine, labelBlockAt, readLabel } from './header-labels.ts'
import { type SeparatorKind, isFramed, separatorKind } from './separator.ts'

/** Lines `start` to `end` (exclusive) that a client wrote above a quote. */
export interface Opening {
  readonly start: number
  readonly end: number
  /** What follows is believed to be quoted even where it has no marks. */
  readonly strong: boolean
  readonly separator: SeparatorKind | null
  readonly block: LabelBlock | null
  /** The attribution on one line, or null. */
  readonly attribution: string | null
}

/** A separator and its header block may have so many blank lines between them. */
const blankLinesMax = 3
/** A rule may stand above "Original Message". */
const separatorsMax = 2

/** A cheap look that spares most lines the closer one. */
export function mayBeOpening(line: string): boolean {
  return separatorKind(line) !== null || readLabel(line) !== null || mayEndAttribution(line)
}

/** The opening that begins with the separator or header block at line `index`, or whose attribution ends there; none reaches above `lowest`. */
export function openingAt(lines: readonly string[], index: number, lowest: number): Opening | null {
  const separator = separatorKind(lines[index] ?? '')
  const below = separator === null ? null : underSeparator(lines, index, separator)
  if (below !== null) return { start: index, strong: true, attribution: null, ...below }
  const block = separator === null ? labelBlockAt(lines, index) : null
  if (block !== null) return { start: index, end: block.end, strong: true, separator: null, block, attribution: null }
  const found = attributionEndingAt(lines, index, lowest)
  return found === null
    ? null
    : { start: found.start, end: found.end, strong: found.strong, separator: null, block: null, attribution: found.text }
}

/** A rule alone announces nothing, and words without dashes need a header block below them. */
function underSeparator(
  lines: readonly string[],
  index: number,
  first: SeparatorKind,
): Pick<Opening, 'end' | 'separator' | 'block'> | null {
  let separator = first
  let end = index + 1
  let separators = 1
  let blanks = 0
  for (let next = index + 1; next < lines.length && blanks <= blankLinesMax; next++) {
    const line = lines[next] ?? ''
    if (line.length < 200 && bareLine(line) === '') {
      blanks++
      continue
    }
    const kind = separatorKind(line)
    if (kind !== null && separators < separatorsMax) {
      separators++
      if (separator === 'rule') separator = kind
      end = next + 1
      continue
    }
    const block = labelBlockAt(lines, next, true)
    if (block !== null) return { end: block.end, separator, block }
    break
  }
  return separator === 'rule' || !isFramed(lines[index] ?? '') ? null : { end, separator, block: null }
}

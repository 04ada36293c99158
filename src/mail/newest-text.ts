/** What a reply newly says, told from what it quotes and from its signature (PRODUCT §5). When in doubt a line counts as newly written. */
import { attributionEndingAt, attributionLinesMax } from './attribution.ts'
import { bareLine } from './header-labels.ts'
import { type Opening, mayBeOpening, openingAt } from './opening.ts'
import { signatureStart } from './signature.ts'

export interface NewestText {
  /** What the author newly wrote; interleaved quotes stay in it where answers stand between them. Blank only where `text` has nothing but a signature. */
  readonly newestText: string
  /** Everything else but the signature, in its order: quotes, attributions, header blocks. '' where there is none. */
  readonly quotedText: string
  readonly signature: string | null
}

/** Lines that look like the head of a quote are looked at closely this often; a text with more of them is hostile, and the rest is read as written. */
const openingsTriedMax = 4_000

/** A line is judged by its beginning; longer ones are whole paragraphs. */
const judgedCharactersMax = 2_000

/** `opening`: what a client writes above a quote. `quote`: marked lines, or everything below an opening that is followed by no marks. */
type PieceKind = 'own' | 'opening' | 'quote'

/** Lines `start` to `end` (exclusive). */
interface Piece {
  readonly kind: PieceKind
  readonly start: number
  readonly end: number
}

/**
 * Splits a plain text body (any length, any line ends) in time linear in its length. Never throws.
 * The three parts together hold every line that is not blank, each once.
 */
export function readNewestText(text: string): NewestText {
  const lines = text.split(/\r\n|\r|\n/)
  const pieces = splitIntoPieces(lines)
  const kept = keptPieces(lines, pieces)
  const newest: string[] = []
  const signature: string[] = []
  const quoted: string[] = []
  for (const piece of pieces) {
    const signatureAt = kept.get(piece)
    for (let index = piece.start; index < piece.end; index++) {
      const part = signatureAt === undefined ? quoted : index < signatureAt ? newest : signature
      part.push(lines[index] ?? '')
    }
  }
  return {
    newestText: withoutOuterBlanks(newest),
    quotedText: withoutOuterBlanks(quoted),
    signature: withoutOuterBlanks(signature) || null,
  }
}

/**
 * The pieces that count as newly written, each with the line at which its signature begins (its end where it has none).
 * A quote is kept where the author wrote both above and below it, or where nothing says that it is one.
 */
function keptPieces(lines: readonly string[], pieces: readonly Piece[]): Map<Piece, number> {
  const kept = new Map<Piece, number>()
  const written: Piece[] = []
  for (const piece of pieces.filter((piece) => piece.kind === 'own' && hasWords(lines, piece))) {
    // Below a quote a signature may stand alone; it answers nothing.
    const signature = written.length > 0 || pieces[0] !== piece ? signatureStart(lines, piece.start, piece.end) : null
    if (signature !== null && written.length > 0 && !hasWords(lines, { ...piece, end: signature })) kept.set(piece, signature)
    else written.push(piece)
  }
  const first = written[0]
  const last = written.at(-1)
  if (first === undefined || last === undefined) return keptWithoutOwn(lines, pieces)
  for (const piece of pieces) {
    if (piece.kind === 'opening' || piece.start >= last.start) continue
    const above =
      piece.start < first.start && written.length === 1 && pieces.some((other) => other.kind === 'opening' && other.start < first.start)
    if (!above) kept.set(piece, piece.end)
  }
  kept.set(last, signatureStart(lines, last.start, last.end) ?? last.end)
  return kept
}

/** Nobody wrote anything of his own: then the quote is what the mail says, and its heading only where there is no more. */
function keptWithoutOwn(lines: readonly string[], pieces: readonly Piece[]): Map<Piece, number> {
  const quotes = pieces.filter((piece) => piece.kind === 'quote' && hasWords(lines, piece))
  return new Map((quotes.length > 0 ? quotes : pieces).map((piece) => [piece, piece.end]))
}

/** How far the splitting has come. */
interface Progress {
  readonly lines: readonly string[]
  readonly pieces: Piece[]
  index: number
  /** Lines from here to `index` belong to no piece yet; they will be the author's own. */
  ownFrom: number
  /** The first of them that has words. */
  firstOwn: number | null
  /** The author has written something above. */
  wrote: boolean
  openingsLeft: number
}

function splitIntoPieces(lines: readonly string[]): Piece[] {
  const progress: Progress = { lines, pieces: [], index: 0, ownFrom: 0, firstOwn: null, wrote: false, openingsLeft: openingsTriedMax }
  while (progress.index < lines.length) {
    const line = lines[progress.index] ?? ''
    if (isBlank(line)) progress.index++
    else if (beginsMarkedRun(line) && !closesWrappedAttribution(progress)) takeMarked(progress)
    else takeUnmarked(progress)
  }
  cut(progress, 'own', lines.length)
  return progress.pieces
}

/** Ends the author's own piece at `start` and adds the lines up to `end` as a piece of `kind`. */
function cut(progress: Progress, kind: PieceKind, end: number, start = progress.ownFrom): void {
  const own: Piece = { kind: 'own', start: progress.ownFrom, end: start }
  if (start > progress.ownFrom) progress.pieces.push(own)
  progress.wrote ||= hasWords(progress.lines, own)
  if (end > start) progress.pieces.push({ kind, start, end })
  progress.wrote ||= kind === 'own' && hasWords(progress.lines, { kind, start, end })
  progress.ownFrom = end
  progress.firstOwn = null
  progress.index = end
}

/** Leaves the line to the author. */
function passOver(progress: Progress): void {
  if (progress.firstOwn === null && hasWords(progress.lines, { kind: 'own', start: progress.index, end: progress.index + 1 }))
    progress.firstOwn = progress.index
  progress.index++
}

/** A run of lines with quote marks; its attribution may stand inside it (Apple Mail). */
function takeMarked(progress: Progress): void {
  const { lines, index } = progress
  const end = markedRunEnd(lines, index, isMarked)
  const opening = openingInRun(progress, index, end)
  const headEnd = opening === null ? end : Math.min(opening.end, end)
  cut(progress, opening === null ? 'quote' : 'opening', headEnd, index)
  if (opening === null) return
  // Open-Xchange and others mark the attribution and nothing of what it heads.
  const bodyUnmarked = progress.wrote && opening.strong && !hasWords(lines, { kind: 'quote', start: headEnd, end })
  cut(progress, 'quote', bodyUnmarked ? lines.length : end)
}

function takeUnmarked(progress: Progress): void {
  const { lines, index } = progress
  const opening = tryOpening(progress, index, progress.ownFrom)
  if (opening === null) {
    passOver(progress)
    return
  }
  const next = firstWithWords(lines, opening.end)
  const mark = next === null ? null : markAfterOpening(lines[next] ?? '')
  const above = progress.wrote || (progress.firstOwn !== null && progress.firstOwn < opening.start)
  if (next !== null && mark !== null) {
    cut(progress, 'opening', opening.end, opening.start)
    cut(progress, 'quote', markedRunEnd(lines, next, mark))
  } else if (!opening.strong && next !== null) {
    passOver(progress)
  } else {
    cut(progress, 'opening', opening.end, opening.start)
    if (above) cut(progress, 'quote', lines.length)
  }
}

function tryOpening(progress: Progress, index: number, lowest: number): Opening | null {
  if (!mayBeOpening(progress.lines[index] ?? '') || progress.openingsLeft <= 0) return null
  progress.openingsLeft--
  return openingAt(progress.lines, index, lowest)
}

/** The opening with which a marked run begins. */
function openingInRun(progress: Progress, start: number, end: number): Opening | null {
  const first = firstWithWords(progress.lines, start)
  if (first === null || first >= end) return null
  for (let index = first; index < Math.min(end, first + attributionLinesMax); index++) {
    const opening = tryOpening(progress, index, start)
    if (opening !== null) return opening.start === first ? opening : null
  }
  return null
}

/** "On … Some One <one@example.com" + newline + "> wrote:": the mark is the end of the address. */
function closesWrappedAttribution(progress: Progress): boolean {
  const { lines, index, ownFrom } = progress
  const line = lines[index] ?? ''
  if (line.length > 60 || !/^>\s*(?:\p{L}[^>]*)?[:：]$/u.test(line.trim()) || index === ownFrom) return false
  const attribution = attributionEndingAt(lines, index, ownFrom)
  return attribution !== null && !isMarked(lines[attribution.start] ?? '')
}

type Mark = (line: string) => boolean

function isMarked(line: string): boolean {
  return /^[ \t]{0,3}>/.test(line)
}

/** `>From ` is what mail folders make of a line that begins with "From "; it begins no quote, and may stand in one. */
function beginsMarkedRun(line: string): boolean {
  return isMarked(line) && !line.startsWith('>From ')
}

/** Below an opening other marks count as well: `|` and the quoted person's name (`Richard> …`). */
function markAfterOpening(line: string): Mark | null {
  if (isMarked(line)) return isMarked
  if (/^\|(?:\s|$)/.test(line)) return (other) => /^\|(?:\s|$)/.test(other)
  const name = /^\p{L}[\p{L}\p{N}._-]{0,20}>/u.exec(line)?.[0]
  return name === undefined ? null : (other) => other.startsWith(name)
}

/** The end of the run of lines that carry the mark, with the blank ones between and after them. */
function markedRunEnd(lines: readonly string[], start: number, mark: Mark): number {
  let index = start
  while (index < lines.length && (isBlank(lines[index] ?? '') || mark(lines[index] ?? ''))) index++
  return index
}

function firstWithWords(lines: readonly string[], from: number): number | null {
  for (let index = from; index < lines.length; index++)
    if (bareLine((lines[index] ?? '').slice(0, judgedCharactersMax)) !== '') return index
  return null
}

/** Something that a person wrote: more than marks and drawn lines (a smiley is enough). */
function hasWords(lines: readonly string[], piece: Piece): boolean {
  for (let index = piece.start; index < piece.end; index++) {
    if (/[^\s>|_=*#~–—.\u1427\p{Cf}-]/u.test(lines[index] ?? '')) return true
  }
  return false
}

function isBlank(line: string): boolean {
  return line.trim() === ''
}

function withoutOuterBlanks(lines: readonly string[]): string {
  let start = 0
  let end = lines.length
  while (start < end && isBlank(lines[start] ?? '')) start++
  while (end > start && isBlank(lines[end - 1] ?? '')) end--
  return lines.slice(start, end).join('\n')
}

/** Chooses what a reader would see of a tree of MIME parts: the plain text, and the HTML where there is any (RFC 2046 §5.1). */
import { compile } from 'html-to-text'

/** The little that is read of mailparser's own tree. */
export interface MimeNode {
  readonly contentType?: string | false
  readonly isAttachment?: boolean
  readonly textContent?: string
  readonly children: readonly MimeNode[]
}

interface Seen {
  readonly text: readonly Piece[]
  readonly html: readonly Piece[]
}
interface Piece {
  readonly kind: 'plain' | 'html'
  readonly content: string
}

/** Elements within elements that the conversion follows; deeper ones are left out (else one hostile mail overflows the stack). */
const htmlDepthMax = 80
const htmlCharactersReadMax = 2_000_000

const toText = compile({
  wordwrap: false,
  limits: { maxDepth: htmlDepthMax, maxInputLength: htmlCharactersReadMax, ellipsis: '' },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'table', options: { uppercaseHeaderCells: false } },
    // Cells of one row stay on one line, rows do not run together: Outlook writes the header block of a forward as a table.
    { selector: 'tr', format: 'block', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
    ...['td', 'th'].map((selector) => ({ selector, format: 'inlineSurround', options: { suffix: ' ' } })),
  ],
})

/**
 * The text in the order of the parts, of each alternative the plain one where it says anything; HTML stands in as text where nothing else does.
 * `html` is null where no part is HTML. `defective` where some HTML could not be converted.
 */
export function readTree(root: MimeNode): { text: string; html: string | null; defective: boolean } {
  const seen = see(root)
  let defective = false
  const texts = seen.text.map((piece) => {
    if (piece.kind === 'plain') return piece.content
    try {
      return linesOf(toText(piece.content))
    } catch {
      defective = true
      return ''
    }
  })
  const hasHtml = seen.html.some((piece) => piece.kind === 'html')
  return {
    text: texts.filter((text) => text.trim() !== '').join('\n'),
    html: hasHtml
      ? seen.html.map((piece) => (piece.kind === 'html' ? piece.content : `<pre>${escapeHtml(piece.content)}</pre>`)).join('\n')
      : null,
    defective,
  }
}

/** The last cell of a row leaves a space behind. */
function linesOf(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

/** How deep the parts are nested; 1 for a message of one part. */
export function depthOf(root: MimeNode): number {
  let depth = 0
  for (let level: readonly MimeNode[] = [root]; level.length > 0; level = level.flatMap((node) => node.children)) depth += 1
  return depth
}

/** Goes as deep as there are parts, and of those there are at most `partsMax`. */
function see(node: MimeNode): Seen {
  if (node.isAttachment === true) return { text: [], html: [] }
  const children = node.children.map(see)
  if (node.contentType === 'multipart/alternative') {
    const plain = children.find((child) => child.text.some((piece) => piece.kind === 'plain' && piece.content.trim() !== ''))
    const html = children.filter((child) => child.html.some((piece) => piece.kind === 'html'))
    const any = children.findLast((child) => child.text.length > 0)
    const chosen = plain ?? any ?? { text: [], html: [] }
    return { text: chosen.text, html: html.length > 0 ? html.flatMap((child) => child.html) : chosen.html }
  }
  const own = ownPiece(node)
  return { text: [...own, ...children.flatMap((child) => child.text)], html: [...own, ...children.flatMap((child) => child.html)] }
}

function ownPiece(node: MimeNode): readonly Piece[] {
  const content = node.textContent
  if (content === undefined || content === '') return []
  return [{ kind: node.contentType === 'text/html' ? 'html' : 'plain', content }]
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A text of any length: cut into blocks, of which the browser lays out those in sight alone. All of it is there for searching and copying. */
import { type ReactElement, useMemo } from 'react'
import css from './mail-text.module.css'

/** A block ends with the line that makes it so long. */
const blockCharacters = 4_000
/** Of a line without an end. */
const lineCharactersMax = 20_000
/** Of the text, in em. */
const lineHeight = 1.5

/** Lines of about so many characters together, each block without the line break behind it. */
export function blocksOf(text: string): string[] {
  const blocks: string[] = []
  for (let from = 0; from < text.length;) {
    const lineEnd = text.indexOf('\n', from + blockCharacters)
    const end = Math.min(lineEnd === -1 ? text.length : lineEnd, from + blockCharacters + lineCharactersMax)
    // Both halves of a character of two units stay together.
    const cut = end < text.length && /[\uDC00-\uDFFF]/.test(text.charAt(end)) ? end + 1 : end
    blocks.push(text.slice(from, cut))
    from = text.charAt(cut) === '\n' ? cut + 1 : cut
  }
  return blocks
}

export function LongText({ text, className }: { readonly text: string; readonly className: string | undefined }): ReactElement {
  const blocks = useMemo(() => blocksOf(text), [text])
  return (
    <div className={className} dir="auto">
      {blocks.length === 1
        ? text
        : blocks.map((block, index) => (
            // They never change places.
            // oxlint-disable-next-line react/no-array-index-key
            <div
              key={index}
              className={css['block']}
              style={{ containIntrinsicBlockSize: `auto ${String(linesOf(block) * lineHeight)}em` }}
            >
              {block}
            </div>
          ))}
    </div>
  )
}

function linesOf(block: string): number {
  return block.split('\n').length
}

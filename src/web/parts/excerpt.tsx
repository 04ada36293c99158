/** What a search found, with the words that it found marked (they come between U+0001 and U+0002). */
import { Fragment, type ReactElement } from 'react'

export function Excerpt({ text }: { readonly text: string }): ReactElement {
  return (
    <bdi>
      {text.split(/(\u0001[^\u0002]*\u0002)/).map((piece, index) =>
        // Pieces never change their order.
        piece.startsWith('\u0001') ? <mark key={index}>{piece.slice(1, -1)}</mark> : <Fragment key={index}>{piece}</Fragment>,
      )}
    </bdi>
  )
}

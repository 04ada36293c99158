/** A state in a word or two. Colour only where it means something. */
import type { ReactElement, ReactNode } from 'react'
import css from './chip.module.css'

export type Tone = 'good' | 'warn' | 'bad' | 'quiet' | 'accent'

export function Chip({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactElement {
  return (
    <span className={css['chip']} data-tone={tone}>
      {children}
    </span>
  )
}

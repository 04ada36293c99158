/** One reason for or against a lead, in plain words: green with a tick speaks for it, amber with a cross against. */
import { IconCheck, IconX } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { evidenceWords } from './evidence-words.ts'
import { Tip } from './tip.tsx'
import css from './evidence-chip.module.css'

export interface EvidenceJson {
  readonly code: string
  readonly detail: string
  readonly for: boolean
  /** English, for a code that the page does not know. */
  readonly words: string
}

export function EvidenceChip({ evidence }: { readonly evidence: EvidenceJson }): ReactElement {
  const { t } = useTranslation()
  const Icon = evidence.for ? IconCheck : IconX
  return (
    <Tip label={evidence.words}>
      <span className={css['chip']} data-for={evidence.for}>
        <Icon
          size={12}
          stroke={2.5}
          className={css['icon']}
          role="img"
          aria-label={t(evidence.for ? 'evidence.speaksFor' : 'evidence.speaksAgainst')}
        />
        <bdi className={css['words']}>{evidenceWords(t, evidence)}</bdi>
      </span>
    </Tip>
  )
}

export function EvidenceChips({ evidence }: { readonly evidence: readonly EvidenceJson[] }): ReactElement | null {
  if (evidence.length === 0) return null
  return (
    <ul className={css['list']}>
      {evidence.map((each) => (
        <li key={`${each.code} ${each.detail} ${each.for}`}>
          <EvidenceChip evidence={each} />
        </li>
      ))}
    </ul>
  )
}

/** Something worth reading where it stands: a finding, a consequence, what to do next. */
import { IconAlertTriangle, IconCircleCheck, IconInfoCircle } from '@tabler/icons-react'
import type { ReactElement, ReactNode } from 'react'
import css from './note.module.css'

const icons = { good: IconCircleCheck, warn: IconAlertTriangle, bad: IconAlertTriangle, quiet: IconInfoCircle } as const

export interface NoteProps {
  readonly tone: keyof typeof icons
  readonly children: ReactNode
  readonly action?: ReactNode
  /** Read out when it changes. */
  readonly live?: boolean
}

export function Note({ tone, children, action, live = false }: NoteProps): ReactElement {
  const Icon = icons[tone]
  return (
    <div className={css['note']} data-tone={tone} {...(live ? { role: 'status' } : {})}>
      <Icon size={18} aria-hidden className={css['icon']} />
      <div className={css['words']}>{children}</div>
      {action}
    </div>
  )
}

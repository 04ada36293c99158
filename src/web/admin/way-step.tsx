/** One step on a mail's way: done, running or not reached, with what is known of it. */
import { IconCheck, IconX } from '@tabler/icons-react'
import type { ReactElement, ReactNode } from 'react'
import css from './way.module.css'

export type StepState = 'done' | 'now' | 'later' | 'bad'

export interface WayStepProps {
  readonly title: string
  readonly state: StepState
  /** At its end: how long it took. */
  readonly aside?: ReactNode
  readonly children?: ReactNode
}

export function WayStep({ title, state, aside, children }: WayStepProps): ReactElement {
  return (
    <li className={css['step']} data-state={state}>
      <span className={css['mark']} aria-hidden>
        {state === 'done' && <IconCheck size={13} stroke={3} />}
        {state === 'bad' && <IconX size={13} stroke={3} />}
      </span>
      <div className={css['head']}>
        <div className={css['title']}>{title}</div>
        {aside !== undefined && <span className={css['aside']}>{aside}</span>}
      </div>
      {children !== undefined && <div className={css['content']}>{children}</div>}
    </li>
  )
}

/** Name and value pairs; what is null is left out. */
export function Facts({ facts }: { readonly facts: readonly (readonly [name: string, value: ReactNode])[] }): ReactElement {
  return (
    <dl className={css['facts']}>
      {facts
        .filter(([, value]) => value !== null && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

/** What there is to know about a record: open beside its history, folded above it where there is no room, so that the history begins in sight. */
import { Collapse, UnstyledButton } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { type ReactElement, type ReactNode, useState } from 'react'
import css from './fold.module.css'

/** Room for a mail beside the list. */
export const besideQuery = '(min-width: 66em)'

export function Fold({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactElement {
  const beside = useMediaQuery(besideQuery, false, { getInitialValueInEffect: false })
  const [unfolded, setUnfolded] = useState(false)
  if (beside) return <>{children}</>
  const Icon = unfolded ? IconChevronUp : IconChevronDown
  return (
    <>
      <UnstyledButton className={css['fold']} aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
        <span>{title}</span>
        <Icon size={16} aria-hidden />
      </UnstyledButton>
      <Collapse expanded={unfolded}>{children}</Collapse>
    </>
  )
}

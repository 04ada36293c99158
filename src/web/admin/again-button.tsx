/** Has something tried again that had gone wrong. */
import { Button } from '@mantine/core'
import { IconRefresh } from '@tabler/icons-react'
import type { ReactElement } from 'react'

interface AgainButtonProps {
  readonly words: string
  /** Where the words alone do not say what. */
  readonly label?: string
  readonly isBusy: boolean
  readonly onClick: () => void
}

export function AgainButton({ words, label, isBusy, onClick }: AgainButtonProps): ReactElement {
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={<IconRefresh size={14} aria-hidden />}
      aria-busy={isBusy}
      aria-label={label}
      onClick={() => !isBusy && onClick()}
    >
      {words}
    </Button>
  )
}

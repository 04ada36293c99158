/** Opens the filters, and says how many there are. */
import { Button } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'

export function FiltersButton({
  count,
  opened,
  onToggle,
}: {
  readonly count: number
  readonly opened: boolean
  readonly onToggle: () => void
}): ReactElement {
  const { t } = useTranslation()
  return (
    <Button
      size="xs"
      variant={count > 0 ? 'light' : 'default'}
      leftSection={<IconFilter size={14} aria-hidden />}
      aria-expanded={opened}
      onClick={onToggle}
    >
      {count === 0 ? t('queue.filter.button') : t('queue.filter.buttonCount', { count })}
    </Button>
  )
}

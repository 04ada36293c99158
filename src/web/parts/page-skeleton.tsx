/** What stands on the screen until a page or a list is there: its shape, in grey. */
import { Skeleton } from '@mantine/core'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { PageBody } from './page-header.tsx'

/** Widths of the lines, in per cent, so that it looks like text. */
const widths = [62, 48, 70, 55, 66, 43, 58, 51]

export function ListSkeleton({ rows = 8, height = 44 }: { readonly rows?: number; readonly height?: number }): ReactElement {
  const { t } = useTranslation()
  return (
    <div role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} style={{ blockSize: height, display: 'flex', flexDirection: 'column', justifyContent: 'center', gap: 7 }}>
          <Skeleton height={10} width={`${widths[index % widths.length]}%`} />
          <Skeleton height={8} width={`${(widths[(index + 3) % widths.length] ?? 50) / 1.6}%`} />
        </div>
      ))}
    </div>
  )
}

export function PageSkeleton(): ReactElement {
  return (
    <PageBody>
      <Skeleton height={22} width="30%" mb="xl" />
      <ListSkeleton />
    </PageBody>
  )
}

/** Holds the place of a page that is being built. */
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { EmptyState } from './empty-state.tsx'
import { PageBody, PageHeader } from './page-header.tsx'

export function PageStub({ title }: { readonly title: string }): ReactElement {
  const { t } = useTranslation()
  return (
    <PageBody>
      <PageHeader title={title} />
      <EmptyState title={t('common.notBuilt')} />
    </PageBody>
  )
}

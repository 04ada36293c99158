import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { PageStub } from '../parts/page-stub.tsx'

export function AdminPage(): ReactElement {
  const { t } = useTranslation()
  return <PageStub title={t('nav.admin')} />
}

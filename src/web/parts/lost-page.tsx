/** No such address, and not for this role. */
import { Button } from '@mantine/core'
import { IconLock, IconMapOff } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import type { Role } from '../../api/calls.ts'
import { EmptyState } from './empty-state.tsx'
import { PageBody, PageHeader } from './page-header.tsx'

export function LostPage(): ReactElement {
  const { t } = useTranslation()
  return (
    <PageBody>
      <PageHeader title={t('lost.title')} />
      <EmptyState
        icon={<IconMapOff size={28} />}
        title={t('lost.words')}
        action={
          <Button component={Link} to="/">
            {t('lost.go')}
          </Button>
        }
      />
    </PageBody>
  )
}

export function NoAccessPage({ roles }: { readonly roles: readonly Role[] }): ReactElement {
  const { t, i18n } = useTranslation()
  const names = new Intl.ListFormat(i18n.language, { type: 'disjunction' }).format(roles.map((role) => t(`role.${role}`)))
  return (
    <PageBody>
      <PageHeader title={t('lost.noAccess')} />
      <EmptyState
        icon={<IconLock size={28} />}
        title={t('lost.noAccessWords', { roles: names })}
        action={
          <Button component={Link} to="/">
            {t('lost.go')}
          </Button>
        }
      />
    </PageBody>
  )
}

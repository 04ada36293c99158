/** One's own account: who one is, how the page looks and speaks, the CRM address to write to, password, sessions. */
import { Anchor } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { callUrl } from '../api-client.ts'
import { CopyButton } from '../parts/copy-button.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { useSession } from '../session.ts'
import { DisplaySettings } from './display-settings.tsx'
import { PasswordChange } from './password-change.tsx'
import { SessionList } from './session-list.tsx'
import css from './account-page.module.css'

export function AccountPage(): ReactElement {
  const { t } = useTranslation()
  const { user, tenant, crmAddresses } = useSession()
  const role = t(`role.${user.role}`)
  return (
    <PageBody>
      <PageHeader
        title={t('account.title')}
        shown={<bdi>{user.name}</bdi>}
        words={
          <>
            <bdi>{user.email}</bdi> · {tenant === null ? role : t('account.roleAt', { role, tenant: tenant.name })}
          </>
        }
      />
      {tenant !== null && crmAddresses.length > 0 && (
        <Section title={t('account.crmAddress')} words={t('account.crmAddressWords')}>
          <ul className={css['addresses']}>
            {crmAddresses.map((address) => (
              <li key={address}>
                <code>{address}</code> <CopyButton text={address} />
              </li>
            ))}
          </ul>
          <Anchor href={callUrl('readCrmAddressCard', {})} download>
            {t('account.crmAddressCard')}
          </Anchor>
        </Section>
      )}
      <Section title={t('account.display')}>
        <DisplaySettings />
      </Section>
      <Section title={t('account.sessions')}>
        <SessionList />
      </Section>
      <Section title={t('account.password')}>
        <PasswordChange />
      </Section>
    </PageBody>
  )
}

function Section({
  title,
  words,
  children,
}: {
  readonly title: string
  readonly words?: string
  readonly children: ReactNode
}): ReactElement {
  return (
    <section className={css['section']}>
      <h2 className={css['title']}>{title}</h2>
      {words !== undefined && <p className={css['words']}>{words}</p>}
      {children}
    </section>
  )
}

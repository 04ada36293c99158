/** The CRM addresses: to copy, to keep among one's contacts, and how to use them. */
import { Button } from '@mantine/core'
import { IconAddressBook, IconAt } from '@tabler/icons-react'
import type { ReactElement } from 'react'
import { useTranslation } from 'react-i18next'
import { callUrl } from '../api-client.ts'
import { EmptyState } from '../parts/empty-state.tsx'
import { PageBody, PageHeader } from '../parts/page-header.tsx'
import { useSession } from '../session.ts'
import { CopyLine, CopyLines } from './copy-line.tsx'
import { Panel } from './panel.tsx'
import css from './addresses-page.module.css'

const exampleNumber = '11111'

export function AddressesPage(): ReactElement {
  const { t } = useTranslation()
  const { tenant, crmAddresses } = useSession()
  const [first] = crmAddresses
  return (
    <PageBody>
      <PageHeader title={t('admin.addresses.title')} words={t('admin.addresses.words')} />
      {first === undefined ? (
        <EmptyState icon={<IconAt size={28} />} title={t('admin.addresses.empty')} words={t('admin.addresses.emptyWords')} />
      ) : (
        <>
          <CopyLines>
            {crmAddresses.map((address) => (
              <CopyLine key={address} label={t('admin.addresses.address')} value={address} />
            ))}
          </CopyLines>
          <div className={css['space']} />
          <Panel title={t('admin.addresses.card')} words={t('admin.addresses.cardWords')}>
            <Button
              component="a"
              href={callUrl('readCrmAddressCard', {})}
              download
              variant="default"
              leftSection={<IconAddressBook size={16} aria-hidden />}
            >
              {t('admin.addresses.cardGet')}
            </Button>
          </Panel>
          <Panel title={t('admin.addresses.how')}>
            <ul className={css['how']}>
              <li>{t('admin.addresses.howBcc')}</li>
              <li>{t('admin.addresses.howCc')}</li>
              <li>{t('admin.addresses.howForward')}</li>
              <li>{t('admin.addresses.howNumber', { example: `${tenant?.name ?? ''} Lead ${exampleNumber}` })}</li>
              <li>
                {t('admin.addresses.howSub')} <code dir="ltr">{first.replace('@', `+${exampleNumber}@`)}</code>
              </li>
            </ul>
          </Panel>
        </>
      )}
    </PageBody>
  )
}

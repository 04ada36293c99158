/** Where administering begins: for an admin what is still to be done, for an operator the tenants. */
import type { ReactElement } from 'react'
import { useSession } from '../session.ts'
import { OverviewPage } from './overview-page.tsx'
import { TenantsPage } from './tenants-page.tsx'

export function StartPage(): ReactElement {
  return useSession().tenant === null ? <TenantsPage /> : <OverviewPage />
}

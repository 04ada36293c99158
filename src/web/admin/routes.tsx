/** Addresses of administering. Nothing of it is loaded by whoever does not open it. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../shell/root-routes.tsx'
import { pageWith } from '../texts/page-with.ts'
import { readAuditSearch, readMessagesSearch } from './admin-search.ts'

const adminRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin',
  // Mailboxes and imports tell of faults without a refusal, and forms of people ask for what signing in asks for.
  component: pageWith('admin', 'fault', 'account')(() => import('./admin-frame.tsx'), 'AdminFrame'),
})

const under = { getParentRoute: () => adminRoute } as const

const indexRoute = createRoute({ ...under, path: '/', component: lazyRouteComponent(() => import('./start-page.tsx'), 'StartPage') })
const tenantRoute = createRoute({
  ...under,
  path: 'tenants/$slug',
  component: lazyRouteComponent(() => import('./tenant-page.tsx'), 'TenantPage'),
})
const hostNamesRoute = createRoute({
  ...under,
  path: 'host-names',
  component: lazyRouteComponent(() => import('./host-names-page.tsx'), 'HostNamesPage'),
})
const addressesRoute = createRoute({
  ...under,
  path: 'addresses',
  component: lazyRouteComponent(() => import('./addresses-page.tsx'), 'AddressesPage'),
})
const mailboxesRoute = createRoute({
  ...under,
  path: 'mailboxes',
  component: lazyRouteComponent(() => import('./mailboxes-page.tsx'), 'MailboxesPage'),
})
const neverLogRoute = createRoute({
  ...under,
  path: 'never-log',
  component: lazyRouteComponent(() => import('./never-log-page.tsx'), 'NeverLogPage'),
})
const peopleRoute = createRoute({
  ...under,
  path: 'people',
  component: lazyRouteComponent(() => import('./people-page.tsx'), 'PeoplePage'),
})
const providerRoute = createRoute({
  ...under,
  path: 'sign-in',
  component: lazyRouteComponent(() => import('./provider-page.tsx'), 'ProviderPage'),
})
const keysRoute = createRoute({ ...under, path: 'keys', component: lazyRouteComponent(() => import('./keys-page.tsx'), 'KeysPage') })
const importRoute = createRoute({
  ...under,
  path: 'import',
  component: lazyRouteComponent(() => import('./import-page.tsx'), 'ImportPage'),
})
const settingsRoute = createRoute({
  ...under,
  path: 'settings',
  component: lazyRouteComponent(() => import('./settings-page.tsx'), 'SettingsPage'),
})
const healthRoute = createRoute({
  ...under,
  path: 'health',
  component: lazyRouteComponent(() => import('./health-page.tsx'), 'HealthPage'),
})
const messagesRoute = createRoute({
  ...under,
  path: 'messages',
  validateSearch: readMessagesSearch,
  component: lazyRouteComponent(() => import('./messages-page.tsx'), 'MessagesPage'),
})
const messageRoute = createRoute({
  ...under,
  path: 'messages/$id',
  component: lazyRouteComponent(() => import('./message-page.tsx'), 'MessagePage'),
})
const testRoute = createRoute({ ...under, path: 'test', component: lazyRouteComponent(() => import('./test-page.tsx'), 'TestPage') })
const auditRoute = createRoute({
  ...under,
  path: 'audit',
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import('./audit-page.tsx'), 'AuditPage'),
})

export const adminRoutes = [
  adminRoute.addChildren([
    indexRoute,
    tenantRoute,
    hostNamesRoute,
    addressesRoute,
    mailboxesRoute,
    neverLogRoute,
    peopleRoute,
    providerRoute,
    keysRoute,
    importRoute,
    settingsRoute,
    healthRoute,
    messagesRoute,
    messageRoute,
    testRoute,
    auditRoute,
  ]),
] as const

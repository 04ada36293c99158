/** Addresses of looking up: what was filed, leads, companies, people, search. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../shell/root-routes.tsx'

const filedRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/filed',
  component: lazyRouteComponent(() => import('./filed-page.tsx'), 'FiledPage'),
})
const entryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/filed/$id',
  component: lazyRouteComponent(() => import('./entry-page.tsx'), 'EntryPage'),
})
const leadsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leads',
  component: lazyRouteComponent(() => import('./leads-page.tsx'), 'LeadsPage'),
})
const leadRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leads/$number',
  component: lazyRouteComponent(() => import('./lead-page.tsx'), 'LeadPage'),
})
const companiesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/companies',
  component: lazyRouteComponent(() => import('./companies-page.tsx'), 'CompaniesPage'),
})
const companyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/companies/$id',
  component: lazyRouteComponent(() => import('./company-page.tsx'), 'CompanyPage'),
})
const peopleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people',
  component: lazyRouteComponent(() => import('./people-page.tsx'), 'PeoplePage'),
})
const personRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people/$id',
  component: lazyRouteComponent(() => import('./person-page.tsx'), 'PersonPage'),
})
const searchRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/search',
  validateSearch: (search: Record<string, unknown>): { q?: string } => (typeof search['q'] === 'string' ? { q: search['q'] } : {}),
  component: lazyRouteComponent(() => import('./search-page.tsx'), 'SearchPage'),
})

export const historyRoutes = [
  filedRoute,
  entryRoute,
  leadsRoute,
  leadRoute,
  companiesRoute,
  companyRoute,
  peopleRoute,
  personRoute,
  searchRoute,
] as const

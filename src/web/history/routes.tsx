/** Addresses of looking up: what was filed, leads, companies, people, search. */
import { createRoute } from '@tanstack/react-router'
import { shellRoute } from '../shell/root-routes.tsx'
import { pageWith } from '../texts/page-with.ts'
import { readHistorySearch, wordsOf } from './history-search.ts'
import { readFiledSearch, readLeadsSearch, readFoundSearch } from './list-search.ts'

const page = pageWith('history')

const filedRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/filed',
  validateSearch: readFiledSearch,
  component: page(() => import('./filed-page.tsx'), 'FiledPage'),
})
const entryRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/filed/$id',
  component: page(() => import('./entry-page.tsx'), 'EntryPage'),
})
const leadsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leads',
  validateSearch: readLeadsSearch,
  component: page(() => import('./leads-page.tsx'), 'LeadsPage'),
})
const leadRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/leads/$number',
  validateSearch: readHistorySearch,
  component: page(() => import('./lead-page.tsx'), 'LeadPage'),
})
const readWords = (search: Readonly<Record<string, unknown>>): { readonly q?: string } => {
  const q = wordsOf(search['q'])
  return q === undefined ? {} : { q }
}
const companiesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/companies',
  validateSearch: readWords,
  component: page(() => import('./companies-page.tsx'), 'CompaniesPage'),
})
const companyRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/companies/$id',
  validateSearch: readHistorySearch,
  component: page(() => import('./company-page.tsx'), 'CompanyPage'),
})
const peopleRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people',
  validateSearch: readWords,
  component: page(() => import('./people-page.tsx'), 'PeoplePage'),
})
const personRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/people/$id',
  validateSearch: readHistorySearch,
  component: page(() => import('./person-page.tsx'), 'PersonPage'),
})
const searchRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/search',
  validateSearch: readFoundSearch,
  component: page(() => import('./search-page.tsx'), 'SearchPage'),
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

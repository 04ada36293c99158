/** Addresses around signing in, and of one's own account. */
import { createRoute } from '@tanstack/react-router'
import { type OidcProblem, oidcProblems } from '../../api/oidc-problems.ts'
import { rootRoute, shellRoute } from '../shell/root-routes.tsx'
import { pageWith } from '../texts/page-with.ts'

const page = pageWith('account')

interface SignInSearch {
  /** Where to go on afterwards: a path of this page. */
  readonly next?: string | undefined
  readonly why?: 'ended' | 'signedOut' | undefined
  /** Why the company's own provider led back here. */
  readonly problem?: OidcProblem | undefined
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  // Every key is named, since what is left out would come through from the address as it stands there.
  validateSearch: ({ next, why, problem }: Record<string, unknown>): SignInSearch => ({
    next: isOwnPath(next) ? next : undefined,
    why: why === 'ended' || why === 'signedOut' ? why : undefined,
    problem: isOidcProblem(problem) ? problem : undefined,
  }),
  component: page(() => import('./sign-in-page.tsx'), 'SignInPage'),
})

const forgottenRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgotten',
  component: page(() => import('./forgotten-page.tsx'), 'ForgottenPage'),
})

const linkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/link/$token',
  component: page(() => import('./link-page.tsx'), 'LinkPage'),
})

const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/account',
  component: page(() => import('./account-page.tsx'), 'AccountPage'),
})

function isOidcProblem(word: unknown): word is OidcProblem {
  return (oidcProblems as readonly unknown[]).includes(word)
}

/** Never to another site: `//host` and `/\host` are other sites to a browser. */
function isOwnPath(next: unknown): next is string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next)
}

export const frontRoutes = [signInRoute, forgottenRoute, linkRoute] as const
export const accountRoutes = [accountRoute] as const

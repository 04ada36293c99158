/** Addresses around signing in, and of one's own account. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { rootRoute, shellRoute } from '../shell/root-routes.tsx'

interface SignInSearch {
  /** Where to go on afterwards: a path of this page. */
  readonly next?: string
  readonly why?: 'ended' | 'signedOut'
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  validateSearch: ({ next, why }: Record<string, unknown>): SignInSearch => ({
    ...(isOwnPath(next) ? { next } : {}),
    ...(why === 'ended' || why === 'signedOut' ? { why } : {}),
  }),
  component: lazyRouteComponent(() => import('./sign-in-page.tsx'), 'SignInPage'),
})

const forgottenRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/forgotten',
  component: lazyRouteComponent(() => import('./forgotten-page.tsx'), 'ForgottenPage'),
})

const linkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/link/$token',
  component: lazyRouteComponent(() => import('./link-page.tsx'), 'LinkPage'),
})

const accountRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/account',
  component: lazyRouteComponent(() => import('./account-page.tsx'), 'AccountPage'),
})

/** Never to another site: `//host` and `/\host` are other sites to a browser. */
function isOwnPath(next: unknown): next is string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next)
}

export const frontRoutes = [signInRoute, forgottenRoute, linkRoute] as const
export const accountRoutes = [accountRoute] as const

/**
 * The two roots of all addresses: pages before signing in hang under `rootRoute`, all others under `shellRoute`, which asks who is signed in first and
 * puts the frame around them.
 */
import { createRootRoute, createRoute, Outlet, redirect } from '@tanstack/react-router'
import { ApiProblem } from '../api-client.ts'
import { queryClient } from '../queries.ts'
import { sessionQuery } from '../session.ts'
import { LostPage } from '../parts/lost-page.tsx'
import { Shell } from './shell.tsx'

export const rootRoute = createRootRoute({ component: Outlet })

export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'shell',
  beforeLoad: async ({ location }) => {
    try {
      return { session: await queryClient.ensureQueryData(sessionQuery) }
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) throw redirect({ to: '/sign-in', search: { next: location.href } })
      throw error
    }
  },
  component: Shell,
})

/** Where each role begins. */
export const indexRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/',
  beforeLoad: ({ context }) => {
    throw redirect({ to: context.session.user.role === 'operator' ? '/admin' : '/confirm', replace: true })
  },
})

/** Any other address: told in the frame, to whoever is signed in. */
export const lostRoute = createRoute({ getParentRoute: () => shellRoute, path: '$', component: LostPage })

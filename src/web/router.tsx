/** All addresses of the page. Each area lists its own (`queue/routes.tsx` …) and loads its pages when they are first opened. */
import { createRouter } from '@tanstack/react-router'
import { accountRoutes, frontRoutes } from './account/routes.tsx'
import { adminRoutes } from './admin/routes.tsx'
import { historyRoutes } from './history/routes.tsx'
import { LostPage } from './parts/lost-page.tsx'
import { PageFault } from './parts/page-fault.tsx'
import { PageSkeleton } from './parts/page-skeleton.tsx'
import { whenSignedOut } from './queries.ts'
import { queueRoutes } from './queue/routes.tsx'
import { forgetSession } from './session.ts'
import { indexRoute, lostRoute, rootRoute, shellRoute } from './shell/root-routes.tsx'

const routeTree = rootRoute.addChildren([
  ...frontRoutes,
  shellRoute.addChildren([indexRoute, ...queueRoutes, ...historyRoutes, ...adminRoutes, ...accountRoutes, lostRoute]),
])

export const router = createRouter({
  routeTree,
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  defaultPendingMs: 150,
  defaultPendingComponent: PageSkeleton,
  defaultErrorComponent: PageFault,
  defaultNotFoundComponent: LostPage,
  scrollRestoration: true,
  // What no page reads, or reads as nothing, is taken out of the address instead of being handed on.
  search: { strict: true },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

whenSignedOut(() => {
  if (router.state.location.pathname === '/sign-in') return
  const next = router.state.location.href
  forgetSession()
  void router.navigate({ to: '/sign-in', search: { next, why: 'ended' } })
})

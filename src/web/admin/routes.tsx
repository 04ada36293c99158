/** Addresses of administering. Nothing of it is loaded by whoever does not open it. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../shell/root-routes.tsx'

const adminRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/admin',
  component: lazyRouteComponent(() => import('./admin-page.tsx'), 'AdminPage'),
})

export const adminRoutes = [adminRoute] as const

/** Addresses of confirming. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../shell/root-routes.tsx'

const queueRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/confirm',
  component: lazyRouteComponent(() => import('./queue-page.tsx'), 'QueuePage'),
})

const confirmationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/confirm/$id',
  component: lazyRouteComponent(() => import('./queue-page.tsx'), 'QueuePage'),
})

const tasksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tasks',
  component: lazyRouteComponent(() => import('./tasks-page.tsx'), 'TasksPage'),
})

export const queueRoutes = [queueRoute, confirmationRoute, tasksRoute] as const

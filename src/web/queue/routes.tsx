/** Addresses of confirming. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../shell/root-routes.tsx'
import { readQueueSearch } from './queue-search.ts'
import { readTaskSearch } from './task-search.ts'

const queueRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/confirm',
  validateSearch: readQueueSearch,
  component: lazyRouteComponent(() => import('./queue-page.tsx'), 'QueuePage'),
})

/** The queue shows it beside the list, so it has no component of its own. */
const confirmationRoute = createRoute({ getParentRoute: () => queueRoute, path: '$id' })

const tasksRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/tasks',
  validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => import('./tasks-page.tsx'), 'TasksPage'),
})

export const queueRoutes = [queueRoute.addChildren([confirmationRoute]), tasksRoute] as const

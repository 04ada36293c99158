/**
 * The HTTP API below /api/v1, put together: limits > headers > guard > the calls of every area. The path of a single call: api-call.ts.
 */
import cookies from '@fastify/cookie'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { type CallName, calls } from '../api/calls.ts'
import type { TenantId } from '../crm/ids.ts'
import type { Database } from '../store/database.ts'
import { type FindTenant, type Handlers, registerCalls } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { peopleAndKeyHandlers } from './admin-people-handlers.ts'
import { tenantHandlers } from './admin-tenant-handlers.ts'
import { healthHandlers } from './health-handlers.ts'
import { mailboxHandlers } from './mailbox-handlers.ts'
import { messageHandlers } from './message-handlers.ts'
import { crmHandlers } from './crm-handlers.ts'
import { tagAnswers } from './answer-tags.ts'
import { openDocsRoutes } from './docs-routes.ts'
import { eventHandlers } from './event-streams.ts'
import { mailFileHandlers } from './mail-file-handlers.ts'
import { historyHandlers } from './mail-handlers.ts'
import { oidcHandlers } from './oidc-handlers.ts'
import { importHandlers } from './import-handlers.ts'
import { operatorHandlers } from './operator-handlers.ts'
import { limitRequests } from './request-limits.ts'
import { reviewHandlers } from './review-handlers.ts'
import { openSafeHtml, type SafeHtmlMaker } from './safe-html-threads.ts'
import { openGuard } from './session-guard.ts'
import { sessionHandlers } from './session-handlers.ts'
import { inviteHandlers } from './session-invite-handlers.ts'
import { linkHandlers } from './session-link-handlers.ts'
import { ownHandlers } from './session-own-handlers.ts'

/** Opens every call in `server`. */
export async function openApi(server: FastifyInstance, context: ApiContext): Promise<void> {
  const { database } = context.store
  await openDocsRoutes(server, context.version)
  // A plugin of its own, so that its hooks are asked for the API's routes alone.
  await server.register(async (api) => {
    await api.register(helmet, answerHeaders)
    await api.register(cookies)
    tagAnswers(api)
    // What administering changes, whoever runs the installation sees at once.
    api.addHook('onResponse', async (request, reply) => {
      const { call } = request.routeOptions.config
      if (call !== undefined && reply.statusCode < 400 && administers(call)) context.nudge(null)
      await Promise.resolve()
    })
    const safeHtml = openSafeHtml(context.log)
    api.addHook('onClose', async () => await safeHtml.close())
    const plainGuard = openGuard(context)
    const guard = await limitRequests(api, plainGuard, context.requestsPerMinuteMax)
    registerCalls(
      api,
      { ...openHandlers(context, safeHtml), ...eventHandlers(context, plainGuard) },
      { guard, findTenant: openFindTenant(database) },
    )
  })
}

/** A stream and an upload, which run otherwise (event-streams.ts, message-routes.ts). */
type ElsewhereOpened = 'listEvents' | 'listOperatorEvents' | 'submitMessage'

/** A change that is for admins and operators alone. */
function administers(name: CallName): boolean {
  const { method, allow } = calls[name]
  return method !== 'GET' && allow !== 'anyone' && allow.every((role) => role === 'admin' || role === 'operator')
}

/** Every area's calls, one line each; the compiler finds the one that is missing. */
function openHandlers(context: ApiContext, safeHtml: SafeHtmlMaker): Omit<Handlers, ElsewhereOpened> {
  return {
    ...sessionHandlers(context),
    ...ownHandlers(context),
    ...linkHandlers(context),
    ...inviteHandlers(context),
    ...oidcHandlers(context),
    ...crmHandlers(context),
    ...tenantHandlers(context),
    ...operatorHandlers(context),
    ...peopleAndKeyHandlers(context),
    ...mailboxHandlers(context),
    ...messageHandlers(context),
    ...healthHandlers(context),
    ...importHandlers(context),
    ...historyHandlers(context),
    ...mailFileHandlers(context, safeHtml),
    ...reviewHandlers(context),
  }
}

function openFindTenant(database: Database): FindTenant {
  return async (slug) => {
    const rows = await database.routerSql((sql) => sql.rows<{ id: TenantId }>('SELECT id FROM tenant WHERE slug = $1', [slug]))
    return rows[0]?.id ?? null
  }
}

/**
 * An answer of the API is data: nobody may show it as a page, sniff another type into it or keep it in a cache that others share.
 * What is shown in a frame (a mail's HTML, a picture) sets a policy of its own.
 */
const answerHeaders = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  // Whether the page is reached by https alone is for whoever runs the proxy before it to say.
  strictTransportSecurity: false,
} as const

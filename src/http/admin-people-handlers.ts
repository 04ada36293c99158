/** A tenant's people and API keys. Inviting somebody: session-invite-handlers.ts. */
import type { UserId } from '../crm/ids.ts'
import { faultOf } from '../failure.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '../store/api-keys.ts'
import { changeUserOf, listUsers } from '../store/users.ts'
import type { Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { InputProblem } from './input-problem.ts'

type PeopleCalls = 'listUsers' | 'updateUser' | 'listApiKeys' | 'createApiKey' | 'revokeApiKey'

export function peopleAndKeyHandlers(context: ApiContext): Pick<Handlers, PeopleCalls> {
  const { database } = context.store
  return {
    listUsers: async ({ tenant }) => ({ users: await listUsers(database, tenant.slug) }),
    async updateUser({ tenant, params, body, caller }) {
      const user = await changeUserOf(database, { tenantId: tenant.id, actor: caller.actor }, params.id as UserId, body)
      // Whoever was signed in hears at once that he may do other things now, or nothing.
      context.nudge(tenant.id)
      return user
    },
    listApiKeys: async ({ tenant }) => ({ keys: await listApiKeys(database, tenant.slug) }),
    async createApiKey({ tenant, body, caller, reply }) {
      const { role, name = null } = body
      const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt)
      if (expiresAt !== null && expiresAt <= context.clock())
        throw new InputProblem('body', [{ path: 'expiresAt', message: 'has passed already', fault: faultOf('expiryPassed') }])
      const made = await createApiKey(database, tenant.slug, { role, name, expiresAt, actor: caller.actor })
      reply.code(201)
      return made
    },
    async revokeApiKey({ tenant, params, caller }) {
      await revokeApiKey(database, params.id, caller.actor, tenant.id)
      return {}
    },
  }
}

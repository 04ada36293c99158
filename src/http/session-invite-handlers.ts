/** Links that an admin makes for his people: invitations, and new passwords. */
import type { FastifyRequest } from 'fastify'
import type { CallAnswer } from '../api/contract.ts'
import { createResetLink, inviteUser, type LinkForUser } from '../accounts/links.ts'
import type { TenantId, UserId } from '../crm/ids.ts'
import { faultOf } from '../failure.ts'
import { addressKey } from '../mail/address.ts'
import { readProfile } from '../store/accounts.ts'
import type { Caller, Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { InputProblem } from './input-problem.ts'
import { sendLink, shownLink } from './link-place.ts'

export function inviteHandlers(context: ApiContext): Pick<Handlers, 'inviteUser' | 'createResetLink'> {
  const { database } = context.store
  return {
    async inviteUser({ body, tenant, caller, request }) {
      const email = addressKey(body.email)
      if (email === null)
        throw new InputProblem('body', [
          { path: 'email', message: 'is not a plain mail address', fault: faultOf('addressWrong', { address: body.email }) },
        ])
      const made = await inviteUser(database, tenant.id, { email, name: body.name, role: body.role, actor: caller.actor })
      context.nudge(tenant.id)
      return await linkAnswer(context, { tenantId: tenant.id, caller, request, kind: 'invitation' }, made)
    },
    async createResetLink({ params, tenant, caller, request }) {
      const made = await createResetLink(database, tenant.id, params.id as UserId, caller.actor)
      return await linkAnswer(context, { tenantId: tenant.id, caller, request, kind: 'passwordReset' }, made)
    },
  }
}

/** Mails the link where mail can be sent; whoever made it sees it in any case, since he may hand it over himself. */
export async function linkAnswer(
  context: ApiContext,
  by: {
    readonly tenantId: TenantId
    readonly caller: Caller
    readonly request: FastifyRequest
    readonly kind: 'invitation' | 'passwordReset'
  },
  { user, link }: LinkForUser,
): Promise<CallAnswer<'inviteUser'>> {
  const profile = await readProfile(context.store.database, { kind: 'user', tenantId: by.tenantId, id: user.id })
  const { tenant } = profile ?? {}
  const mailed = await sendLink(context, link.token, {
    kind: by.kind,
    email: user.email,
    name: user.name,
    company: tenant?.name ?? null,
    by: by.caller.kind === 'user' ? by.caller.actor : (tenant?.name ?? 'Leadpost'),
    language: profile?.locale ?? tenant?.locale ?? 'en',
    timeZone: profile?.timeZone ?? tenant?.timeZone ?? 'UTC',
    expiresAt: link.expiresAt,
  })
  return { user, link: shownLink(context, by.request, link.token), expiresAt: link.expiresAt.toISOString(), mailed }
}

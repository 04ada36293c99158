/** One tenant as whoever runs the installation sees it, and what he does there: no content of any mail is among it. */
import { inviteFirstAdmin } from '../accounts/links.ts'
import { faultOf, PermanentFailure } from '../failure.ts'
import { readHostName } from '../leads/host-name.ts'
import { addressKey, domainName } from '../mail/address.ts'
import { apiKeysMax } from '../store/api-keys.ts'
import { openDeliveryCounts } from '../store/delivery-counts.ts'
import { hostClaimsMax } from '../store/host-claims.ts'
import { vouchForHostName, withdrawVouch } from '../store/host-vouches.ts'
import { readAdministrators, readTenantHealth } from '../store/tenant-health.ts'
import { readTenantRow } from '../store/tenants.ts'
import type { Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { InputProblem } from './input-problem.ts'
import { linkAnswer } from './session-invite-handlers.ts'

type OperatorCalls = 'readTenantHealth' | 'inviteFirstAdmin' | 'vouchForHostName' | 'withdrawVouch'

export function operatorHandlers(context: ApiContext): Pick<Handlers, OperatorCalls> {
  const { database } = context.store
  const countDeliveries = openDeliveryCounts(database)
  return {
    async readTenantHealth({ tenant }) {
      const { byState, lastMailAt } = await countDeliveries(tenant.id)
      return await database.tenantSql(tenant.id, async (sql) => {
        const { slug, name, locale, timeZone } = await readTenantRow(sql, tenant.id)
        const { createdAt, users, disabledUsers, hostClaims, apiKeys, failedOffers } = await readTenantHealth(sql, tenant.id)
        const { canSignIn, all } = await readAdministrators(sql, tenant.id)
        return {
          slug,
          name,
          locale,
          timeZone,
          createdAt: createdAt.toISOString(),
          byState: { ...byState },
          failedOffers,
          lastMailAt,
          users: { ...users },
          disabledUsers,
          firstAdmin: canSignIn ? null : { named: all.map((admin) => ({ email: admin.email, name: admin.name, invited: admin.invited })) },
          limits: { hostNames: { used: hostClaims, max: hostClaimsMax }, apiKeys: { used: apiKeys, max: apiKeysMax } },
        }
      })
    },
    async inviteFirstAdmin({ tenant, body, caller, request }) {
      const email = addressKey(body.email)
      if (email === null)
        throw new InputProblem('body', [
          { path: 'email', message: 'is not a plain mail address', fault: faultOf('addressWrong', { address: body.email }) },
        ])
      const made = await inviteFirstAdmin(database, tenant.id, { email, name: body.name, actor: caller.actor })
      return await linkAnswer(context, { tenantId: tenant.id, caller, request, kind: 'invitation' }, made)
    },
    async vouchForHostName({ tenant, params, body, caller }) {
      const reading = readHostName(params.name)
      if (reading.kind === 'refused') throw new InputProblem('path', [{ path: 'name', message: reading.why, fault: reading.fault }])
      await vouchForHostName(database, tenant.id, { name: reading.name, subdomains: body.subdomains ?? null, actor: caller.actor })
      return {}
    },
    async withdrawVouch({ tenant, params, caller }) {
      const name = domainName(params.name)
      if (name === null) throw new PermanentFailure('notFound', `There is no host name "${params.name.slice(0, 100)}" here`)
      await withdrawVouch(database, tenant.id, name, caller.actor)
      return {}
    },
  }
}

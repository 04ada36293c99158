/** A new tenant, with the invitation of whoever is to administer it: the one without the other would be a house without a key. */
import type { TenantId } from '../crm/ids.ts'
import { isSlug, isTimeZone } from '../crm/tenant-settings.ts'
import { faultOf, PermanentFailure } from '../failure.ts'
import { newId } from '../id.ts'
import type { AddressKey } from '../mail/address.ts'
import { isTakenAddress } from '../store/accounts.ts'
import { writeAudit, type Actor } from '../store/audit.ts'
import type { Database } from '../store/database.ts'
import { insertTenant } from '../store/tenants.ts'
import { inviteInto, type LinkForUser } from './links.ts'

export interface NewTenant {
  readonly slug: string
  readonly name: string
  readonly locale: string
  readonly timeZone: string
  readonly admin: { readonly email: AddressKey; readonly name: string }
}

/** @throws PermanentFailure `inputInvalid` (slug, time zone), `conflict` (slug, the admin's address). */
export async function createTenant(database: Database, tenant: NewTenant, actor: Actor): Promise<LinkForUser & { readonly id: TenantId }> {
  const { slug, timeZone, admin } = tenant
  if (!isSlug(slug))
    throw new PermanentFailure('inputInvalid', `slug: "${slug}" may be small letters, digits and hyphens, at most 63, no hyphen first`, {
      fault: faultOf('slugWrong'),
    })
  if (!isTimeZone(timeZone))
    throw new PermanentFailure('inputInvalid', `timeZone: "${timeZone}" is no time zone such as Europe/Berlin`, {
      fault: faultOf('timeZoneWrong'),
    })
  const id = newId<TenantId>()
  try {
    return await database.tenantSql(id, async (sql) => {
      if (!(await insertTenant(sql, { ...tenant, id })))
        throw new PermanentFailure('conflict', `There is a tenant "${slug}" already; choose another slug`, {
          fault: faultOf('slugTaken', { slug }),
        })
      await writeAudit(sql, id, { actor, action: 'tenantCreated', subject: slug, detail: { name: tenant.name } })
      return { id, ...(await inviteInto(sql, id, { ...admin, role: 'admin', actor })) }
    })
  } catch (error) {
    if (!isTakenAddress(error)) throw error
    throw new PermanentFailure(
      'conflict',
      `${admin.email} has an account already; the first admin of a tenant needs an address of his own`,
      {
        cause: error,
        fault: faultOf('accountTaken', { address: admin.email }),
      },
    )
  }
}

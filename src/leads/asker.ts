/** Who works on leads, for the verbs of this folder. */
import type { TenantId, UserId } from '../crm/ids.ts'
import type { Actor } from '../store/audit.ts'

export interface Asker {
  readonly tenantId: TenantId
  /** As the audit trail shows it. */
  readonly actor: Actor
  /** Null for API keys. */
  readonly userId: UserId | null
}

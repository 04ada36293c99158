/** Who works on which question. A claim lapses by itself, so that nobody who closed his laptop holds anything up. */
import type { ConfirmationId } from '../crm/ids.ts'
import { writeAudit } from '../store/audit.ts'
import { type ClaimRow, clearClaim, lockClaim, writeClaim } from '../store/confirmation-claims.ts'
import { mayAnswer } from '../store/confirmation-list.ts'
import type { ConfirmationRow } from '../store/confirmation-rows.ts'
import type { Database } from '../store/database.ts'
import { readViewer } from '../store/viewer.ts'
import { noConfirmation, type Reviewer, rowNow, settledBefore, workedOn } from './reviewer.ts'

/** Claiming again begins it anew: the page does while the item is open. */
export const claimMs = 120_000

/** Whether somebody else has it now. */
export function isClaimedByOther(claim: ClaimRow, { actor, at }: Pick<Reviewer, 'actor' | 'at'>): boolean {
  return claim.claimedBy !== null && claim.claimedBy !== actor && claim.claimedUntil !== null && claim.claimedUntil > at
}

/**
 * Answers whether the holder changed; renewing one's own claim changes nothing that others see. `take` takes it from somebody else.
 * @throws ConflictFailure where it is settled, or somebody else has it; PermanentFailure `notFound`.
 */
export async function claimConfirmation(
  database: Database,
  reviewer: Reviewer,
  id: ConfirmationId,
  take: boolean,
): Promise<{ row: ConfirmationRow; changed: boolean }> {
  const { tenantId, actor, at } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const viewer = await readViewer(sql, tenantId, reviewer.role, reviewer.userId)
    const claim = (await mayAnswer(sql, tenantId, id, viewer)) ? await lockClaim(sql, tenantId, id) : null
    if (claim === null) throw noConfirmation(id)
    if (claim.settledAt !== null) throw settledBefore(await rowNow(sql, reviewer, id))
    if (isClaimedByOther(claim, reviewer) && !take) throw workedOn(await rowNow(sql, reviewer, id))
    const changed = claim.claimedBy !== actor || claim.claimedUntil === null || claim.claimedUntil <= at
    await writeClaim(sql, tenantId, id, actor, new Date(at.getTime() + claimMs))
    if (changed)
      await writeAudit(sql, tenantId, { actor, action: 'confirmationClaimed', subject: claim.mailId, detail: { confirmationId: id } })
    return { row: await rowNow(sql, reviewer, id), changed }
  })
}

/** Answers whether it was held; another's claim stays. @throws PermanentFailure `notFound`. */
export async function releaseConfirmation(database: Database, reviewer: Reviewer, id: ConfirmationId): Promise<boolean> {
  const { tenantId, actor, at } = reviewer
  return await database.tenantSql(tenantId, async (sql) => {
    const viewer = await readViewer(sql, tenantId, reviewer.role, reviewer.userId)
    const claim = (await mayAnswer(sql, tenantId, id, viewer)) ? await lockClaim(sql, tenantId, id) : null
    if (claim === null) throw noConfirmation(id)
    if (claim.claimedBy !== actor) return false
    await clearClaim(sql, tenantId, id)
    const held = claim.claimedUntil !== null && claim.claimedUntil > at
    if (held)
      await writeAudit(sql, tenantId, { actor, action: 'confirmationReleased', subject: claim.mailId, detail: { confirmationId: id } })
    return held
  })
}

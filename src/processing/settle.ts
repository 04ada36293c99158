/** The one writer of outcomes: puts large attachments into the blob store, settles in one transaction, and erases what must not be kept. */
import type { TenantId } from '../crm/ids.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import { type SettleResult, settleBatch } from '../store/settle-batch.ts'
import type { NewAttachment, Settlement } from '../store/settle-rows.ts'
import { eraseBlob } from './erase.ts'
import type { ReadMessage } from './parser-thread.ts'
import type { ProcessingContext } from './processing-context.ts'

/**
 * Settles mails of one tenant together: all of them, or, where it throws, none. A `raced` one must be decided anew. Safe to call again with the
 * same settlements: what is settled stays as it is.
 */
export async function settle(
  context: ProcessingContext,
  tenantId: TenantId,
  settlements: readonly (Settlement & { readonly claim: ClaimedMessage })[],
): Promise<SettleResult[]> {
  const started = performance.now()
  const results = await settleBatch(context.database, tenantId, settlements)
  if (results.includes('settled')) context.nudge(tenantId)
  for (const [index, { outcome, claim }] of settlements.entries()) {
    if (results[index] !== 'settled') continue
    if (outcome.kind === 'erase' && claim.blobKey !== null) await eraseBlob(context, tenantId, claim.messageId, claim.blobKey)
    context.metrics.settled(stateOf(outcome.kind), 'reason' in outcome ? outcome.reason : null)
  }
  context.metrics.stage('settle', (performance.now() - started) / 1000, settlements.length)
  return results
}

/**
 * Attachments as rows take them. Large ones are put into the blob store first, under the hash of their bytes: were the transaction to fail after
 * that, the same bytes under the same key are what the next try needs.
 */
export async function storedAttachments(
  context: ProcessingContext,
  tenantId: TenantId,
  mail: Pick<ReadMessage, 'attachments'>,
): Promise<NewAttachment[]> {
  const stored: NewAttachment[] = []
  for (const { fileName, mediaType, bytes, sha256, inline, contentId, content, file } of mail.attachments) {
    const blobKey = file === null ? null : `attachments/${tenantId}/${sha256}`
    if (file !== null && blobKey !== null) await context.blobs.putFile(blobKey, file)
    stored.push({ fileName, mediaType, bytes, sha256, inline, contentId, content, blobKey })
  }
  return stored
}

function stateOf(kind: Settlement['outcome']['kind']): string {
  if (kind === 'append') return 'appended'
  return kind === 'confirm' ? 'inReview' : 'ignored'
}

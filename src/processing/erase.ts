/** Erases the bytes of mails on the never-log list that lie in the blob store: after their state is written, for no transaction reaches there. */
import type { MessageId, TenantId } from '../crm/ids.ts'
import { wordsOf } from '../failure.ts'
import { erasureDone, findUnerased, tenantsToErase } from '../store/settle-erase.ts'
import type { ProcessingContext } from './processing-context.ts'

/** Never throws: what could not be erased is found again by `eraseLeftovers`. */
export async function eraseBlob(context: ProcessingContext, tenantId: TenantId, messageId: MessageId, blobKey: string): Promise<void> {
  try {
    await context.blobs.delete(blobKey)
    await erasureDone(context.database, tenantId, messageId)
  } catch (error) {
    context.log.warn({ messageId, trouble: wordsOf(error) }, 'the bytes of a mail on the never-log list could not be erased yet')
  }
}

/** Finishes what a stop in between left: mails that are ignored by the never-log list and whose bytes are still there. */
export async function eraseLeftovers(context: ProcessingContext): Promise<void> {
  try {
    for (const tenantId of await tenantsToErase(context.database)) {
      for (const { messageId, blobKey } of await findUnerased(context.database, tenantId))
        await eraseBlob(context, tenantId, messageId, blobKey)
    }
  } catch (error) {
    context.log.warn({ trouble: wordsOf(error) }, 'mails on the never-log list could not be looked through')
  }
}

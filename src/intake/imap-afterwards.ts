/** What is done with messages on the server once they are admitted: marked, moved, deleted or left. Doing it twice does no harm. */
import type { ImapFlow } from 'imapflow'
import type { Afterwards, UidRange } from '../store/mailboxes.ts'
import { formatUids } from './imap-cursor.ts'

/**
 * False where the server refused; the connection still stands then, and `lastRefusal` of it has the words.
 * @throws what the connection throws.
 */
export async function treatAfterwards(client: ImapFlow, afterwards: Afterwards, uids: readonly UidRange[]): Promise<boolean> {
  const range = formatUids(uids)
  switch (afterwards.kind) {
    case 'leave':
      return true
    case 'seen':
      return await client.messageFlagsAdd(range, ['\\Seen'], { uid: true, silent: true })
    case 'delete':
      return await remove(client, range)
    case 'move':
      return (
        (await move(client, range, afterwards.folder)) ||
        ((await makeFolder(client, afterwards.folder)) && (await move(client, range, afterwards.folder)))
      )
    default:
      return afterwards satisfies never
  }
}

/** Without UIDPLUS, EXPUNGE would remove what other people marked as well (RFC 4315 §2.1): then they are marked, and removed by whoever cleans up. */
async function remove(client: ImapFlow, range: string): Promise<boolean> {
  if (can(client, 'UIDPLUS')) return await client.messageDelete(range, { uid: true })
  return await client.messageFlagsAdd(range, ['\\Deleted'], { uid: true, silent: true })
}

async function move(client: ImapFlow, range: string, folder: string): Promise<boolean> {
  if (can(client, 'MOVE')) return (await client.messageMove(range, folder, { uid: true })) !== false
  return (await client.messageCopy(range, folder, { uid: true })) !== false && (await remove(client, range))
}

async function makeFolder(client: ImapFlow, folder: string): Promise<boolean> {
  try {
    return (await client.mailboxCreate(folder)).created
  } catch (error) {
    if ((error as { responseText?: unknown }).responseText === undefined) throw error
    return false
  }
}

/** Both are part of IMAP4rev2 (RFC 9051 appendix E). */
function can(client: ImapFlow, extension: 'UIDPLUS' | 'MOVE'): boolean {
  return client.capabilities.has(extension) || client.enabled.has('IMAP4REV2')
}

/** What is asked of the folder that a connection has selected. */
import { TemporaryFailure } from '../failure.ts'
import type { UidRange } from '../store/mailboxes.ts'
import { answered, type ImapConnection, type ImapTiming } from './imap-connect.ts'
import { formatUids, isUid } from './imap-cursor.ts'
import type { FolderView } from './imap-waiting.ts'

export function openFolderView(connection: ImapConnection, timing: ImapTiming): FolderView {
  const { client } = connection
  return {
    async search(uids: readonly UidRange[]) {
      const found = await answered(client, timing, client.search({ uid: formatUids(uids) }, { uid: true }))
      // The library answers false where the server refused; nothing found is [].
      if (!Array.isArray(found)) throw new TemporaryFailure('serverUnavailable', `The server refused a search: ${connection.lastRefusal()}`)
      return found
    },
    async newest(count) {
      const first = Math.max(1, messagesIn(connection) - count + 1)
      const messages = await answered(client, timing, client.fetchAll(`${first}:*`, { uid: true }))
      // A server may tell of changes elsewhere in the folder beside the answer.
      return messages.filter(({ seq }) => seq >= first).flatMap(({ uid }) => (isUid(uid) ? [uid] : []))
    },
  }
}

/** As far as the server told. */
export function messagesIn({ client }: ImapConnection): number {
  return client.mailbox === false ? 0 : client.mailbox.exists
}

/** Filters of lists, as they stand in the address. */

/** As the server names them (store/messages.ts). */
export const messageStates = ['received', 'processing', 'appended', 'inReview', 'ignored', 'failed', 'unroutable'] as const
export type MessageState = (typeof messageStates)[number]

export interface MessagesSearch {
  readonly state?: MessageState
  /** For operators: one tenant's. */
  readonly tenant?: string
}

export interface AuditSearch {
  readonly actor?: string
  readonly action?: string
  /** With what rules did, which is most of it. */
  readonly all?: boolean
}

export function isMessageState(word: unknown): word is MessageState {
  return (messageStates as readonly unknown[]).includes(word)
}

const isWord = (word: unknown): word is string => typeof word === 'string' && word !== '' && word.length <= 254

export function readMessagesSearch({ state, tenant }: Record<string, unknown>): MessagesSearch {
  return { ...(isMessageState(state) ? { state } : {}), ...(isWord(tenant) ? { tenant } : {}) }
}

export function readAuditSearch({ actor, action, all }: Record<string, unknown>): AuditSearch {
  return { ...(isWord(actor) ? { actor } : {}), ...(isWord(action) ? { action } : {}), ...(all === true ? { all } : {}) }
}

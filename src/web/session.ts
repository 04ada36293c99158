/** Who is signed in. Inside the frame (shell) there always is somebody. */
import { useQuery } from '@tanstack/react-query'
import { type CallName, calls, type Role } from '../api/calls.ts'
import type { CallAnswer } from '../api/contract.ts'
import { callApi, forgetIdentity } from './api-client.ts'
import { callQuery, queryClient } from './queries.ts'

export type Session = CallAnswer<'readSession'>

/** It changes by what one does in this page, not by itself. */
const sessionStaleAfterMs = 5 * 60_000

export const sessionQuery = { ...callQuery('readSession', {}), staleTime: sessionStaleAfterMs }

/** @throws Error outside the frame, where nobody may be signed in. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery)
  if (data === undefined) throw new Error('nobody is signed in here')
  return data
}

/** Takes a session that a sign-in or a link answered with. Nothing of whoever was signed in before stays. */
export function adoptSession(session: Session): void {
  queryClient.clear()
  queryClient.setQueryData(sessionQuery.queryKey, session)
}

/** A profile changed: the same person, so everything else stays. */
export function refreshSession(session: Session): void {
  queryClient.setQueryData(sessionQuery.queryKey, session)
}

export function forgetSession(): void {
  forgetIdentity()
  queryClient.clear()
}

export async function endSession(): Promise<void> {
  await callApi('signOut', {})
  forgetSession()
}

/** Whether this role may make a call (api/calls.ts is the one table of roles): what nobody may do is not offered. */
export function mayCall(session: Session, name: CallName): boolean {
  const allow: readonly Role[] | 'anyone' = calls[name].allow
  return allow === 'anyone' || allow.includes(session.user.role)
}

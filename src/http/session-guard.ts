/**
 * Who makes a request: an API key's holder (key-guard.ts), else whoever the session cookie signs in. Asked of the database each time, so a
 * disabled user, another role and an ended session count at once.
 */
import type { FastifyRequest } from 'fastify'
import type { Account } from '../store/accounts.ts'
import { findSession } from '../store/sessions.ts'
import type { Caller, Guard } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { openKeyGuard } from './key-guard.ts'
import { checkCsrfToken, checkOwnOrigin, readSessionToken, sendsKey } from './session-cookie.ts'

const changesNothing = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Throws PermanentFailure `notAllowed` for a request that another site made the browser send. */
export function openGuard(context: Pick<ApiContext, 'store' | 'publicUrl' | 'token'>): Guard {
  const { store, publicUrl, token } = context
  const keyGuard = openKeyGuard({ database: store.database, token })
  return async (request) => {
    // Whoever sends a key means the key, and a browser sends none by itself: no cookie, no CSRF.
    if (sendsKey(request)) return await keyGuard(request)
    const sessionToken = readSessionToken(request, publicUrl)
    if (sessionToken === null) return null
    const session = await findSession(store.database, sessionToken)
    if (session === null) return null
    checkRequest(request, sessionToken, publicUrl)
    return callerOf(session.account, session.id)
  }
}

function checkRequest(request: FastifyRequest, sessionToken: string, publicUrl: string | null): void {
  if (changesNothing.has(request.method)) return
  checkOwnOrigin(request, publicUrl)
  checkCsrfToken(request, sessionToken)
}

function callerOf({ ref, email, role, tenant }: Account, sessionId: string): Caller {
  return { kind: ref.kind, role, actor: email, tenant, userId: ref.kind === 'user' ? ref.id : null, sessionId }
}

/** Who sends `Authorization: Bearer …`: an API key's holder, or the operator with the token of run.json, from this machine alone. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { isLoopback } from '../intake/trusted-networks.ts'
import { findApiKey } from '../store/api-keys.ts'
import type { Database } from '../store/database.ts'
import type { Guard } from './api-call.ts'

/** Null for a request without a key, and for one whose key counts no more. */
export function openKeyGuard({ database, token }: { readonly database: Database; readonly token: string }): Guard {
  const expected = digest(token)
  return async (request) => {
    const given = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
    if (given === undefined) return null
    if (isLoopback(request.ip) && timingSafeEqual(digest(given), expected))
      return { kind: 'operator', role: 'operator', actor: 'operator', tenant: null, userId: null, sessionId: null }
    const holder = await findApiKey(database, given)
    if (holder === null) return null
    const { id, role, tenantId, tenant } = holder
    return { kind: 'apiKey', role, actor: `apiKey:${id}`, tenant: { id: tenantId, slug: tenant }, userId: null, sessionId: null }
  }
}

/** Equal lengths for the comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

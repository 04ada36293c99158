/**
 * How a call of the API runs: caller > role > tenant > input > handler > answer stripped to its shape. The rules stand here and in
 * api/calls.ts alone, so no handler can forget them.
 *
 *     request -> guard (who?)    401 not signed in
 *             -> calls[name].allow    403 not this role
 *             -> :tenant              404 not the caller's
 *             -> params, query, body  400 with every field that is wrong
 *             -> handler              its failures become problems (problem.ts)
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type CallName, calls, type Role } from '../api/calls.ts'
import { type CallAnswer, type CallBody, type CallParams, type CallQuery, type CallShapes, contract } from '../api/contract.ts'
import { importCharactersMax } from '../api/shapes-admin.ts'
import type { TenantId, UserId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import { faultOfIssue, InputProblem } from './input-problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The call that a route answers (api/calls.ts). */
    call?: CallName
  }
}

/** Whoever makes a call. */
export interface Caller {
  readonly kind: 'user' | 'operator' | 'apiKey'
  readonly role: Role
  /** What `decidedBy` and the audit trail show: the address of a user, `operator` or an operator's address, `apiKey:ID`. */
  readonly actor: string
  /** Null for operators. */
  readonly tenant: { readonly id: TenantId; readonly slug: string } | null
  /** Null for operators and keys. */
  readonly userId: UserId | null
  /** Null for keys. */
  readonly sessionId: string | null
}

/** Finds who makes a request, by session cookie (with the CSRF token where it changes something) or by API key; null where neither is given or counts. */
export type Guard = (request: FastifyRequest) => Promise<Caller | null>

/** Finds a tenant by its slug, for operators; null where there is none. */
export type FindTenant = (slug: string) => Promise<TenantId | null>

export interface ApiCall<Name extends CallName> {
  readonly params: CallParams<Name>
  readonly query: CallQuery<Name>
  readonly body: CallBody<Name>
  /** Where calls.ts allows `anyone`, a caller is nobody in particular: see `anonymous`. */
  readonly caller: Caller
  /** The `:tenant` of the path, which is the caller's own or one that an operator asked for; throws where the path has none. */
  readonly tenant: { readonly id: TenantId; readonly slug: string }
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** What a handler answers that has sent its reply by itself (a file, a page, a stream). */
export const sent = Symbol('sent')

export type Handler<Name extends CallName> = (call: ApiCall<Name>) => Promise<CallAnswer<Name> | typeof sent>
export type Handlers = { readonly [Name in CallName]: Handler<Name> }

/** Nobody: the caller of calls that anyone may make. It has no tenant, so nothing of any tenant can be reached with it. */
export const anonymous: Caller = { kind: 'user', role: 'submit', actor: 'anonymous', tenant: null, userId: null, sessionId: null }

export const apiPrefix = '/api/v1'

/** Bodies that may be larger than others (server.ts): every character of a CSV file may be four bytes, and escaped. */
const bodyBytesMax: Partial<Record<CallName, number>> = { previewImport: importCharactersMax * 4, runImport: importCharactersMax * 4 }

/** Registers these calls, each once. A handler that answers with another status than 200 sets it on `reply`. */
export function registerCalls(server: FastifyInstance, handlers: Partial<Handlers>, rules: { guard: Guard; findTenant: FindTenant }): void {
  for (const [name, handler] of Object.entries(handlers) as [CallName, Handler<CallName>][]) {
    const { method, path, allow } = calls[name]
    const shapes: CallShapes = contract[name]
    server.route({
      method,
      url: apiPrefix + path,
      config: { call: name },
      ...(bodyBytesMax[name] === undefined ? {} : { bodyLimit: bodyBytesMax[name] }),
      handler: async (request, reply) => {
        const caller = await admit(rules.guard, allow, request)
        const tenant = await tenantOf(rules.findTenant, caller, request)
        const input = {
          params: read(shapes.params, request.params, 'path'),
          query: read(shapes.query, request.query, 'query'),
          body: read(shapes.body, request.body, 'body'),
        }
        const call = {
          ...input,
          caller,
          request,
          reply,
          get tenant() {
            return present(tenant)
          },
        }
        const answer = await handler(call as unknown as ApiCall<CallName>)
        return answer === sent ? reply : shapes.answer.parse(answer)
      },
    })
  }
}

async function admit(guard: Guard, allow: readonly Role[] | 'anyone', request: FastifyRequest): Promise<Caller> {
  if (allow === 'anyone') return anonymous
  const caller = await guard(request)
  if (caller === null)
    throw new PermanentFailure('notSignedIn', 'Nobody is signed in; sign in, or send an API key as "Authorization: Bearer KEY"')
  if (!allow.includes(caller.role))
    throw new PermanentFailure('notAllowed', `This is not for the role "${caller.role}"; it takes ${allow.join(' or ')}`)
  return caller
}

/** A foreign tenant and one that is not there are answered alike, so nobody learns which there are. */
async function tenantOf(findTenant: FindTenant, caller: Caller, request: FastifyRequest): Promise<ApiCall<CallName>['tenant'] | null> {
  const slug = (request.params as { tenant?: string }).tenant
  if (slug === undefined || caller === anonymous) return null
  if (caller.tenant?.slug === slug) return caller.tenant
  const id = caller.kind === 'operator' ? await findTenant(slug) : null
  if (id === null) throw new PermanentFailure('notFound', `There is no tenant "${slug}"`)
  return { id, slug }
}

function present<T>(tenant: T | null): T {
  if (tenant === null) throw new TypeError('this call has no tenant in its path')
  return tenant
}

function read(shape: z.ZodType | undefined, value: unknown, where: string): unknown {
  if (shape === undefined) return {}
  const result = shape.safeParse(value ?? {})
  if (result.success) return result.data
  throw new InputProblem(
    where,
    result.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message, fault: faultOfIssue(issue) })),
  )
}

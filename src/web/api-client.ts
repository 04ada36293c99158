/**
 * The one way to the API: `callApi('readLead', { params: { number: '11111' } })`, typed by the shared contract. The session's tenant is filled in,
 * the CSRF token is sent with what changes something, and every failure is an `ApiProblem` with a code and words.
 */
import { type CallName, calls } from '../api/calls.ts'
import type { CallAnswer, SentBody, SentParams, SentQuery } from '../api/contract.ts'
import { openTextPart } from './texts/language.ts'

type Field<Key extends string, Value> = [Value] extends [never]
  ? unknown
  : Partial<Value> extends Value
    ? { readonly [K in Key]?: Value }
    : { readonly [K in Key]: Value }

/** `tenant` may be left out: it is the session's then. Operators name it. */
type ParamsWithoutTenant<Params> = [Params] extends [never]
  ? never
  : Params extends { tenant: string }
    ? Omit<Params, 'tenant'> & { readonly tenant?: string }
    : Params

/** What goes into a call; `{}` for one that takes nothing. */
export type CallInput<Name extends CallName> = Field<'params', ParamsWithoutTenant<SentParams<Name>>> &
  Field<'query', SentQuery<Name>> &
  Field<'body', SentBody<Name>>

interface LooseInput {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined>>
  readonly body?: unknown
}

/** What exactly is wrong, as a closed code with the values that a sentence about it names. */
export interface FaultJson {
  readonly code: string
  readonly values: Readonly<Record<string, string | number>>
}

export interface FieldProblem {
  readonly path: string
  readonly message: string
  readonly fault?: FaultJson | undefined
}

/** What the API answers instead: `status` 0 and code `unreachable` where nothing answered at all. `detail` is the server's own words, in English. */
export class ApiProblem extends Error {
  readonly status: number
  /** Closed (src/failure.ts), plus `unreachable` and `unexpected`. */
  readonly code: string
  readonly detail: string
  /** What exactly, closed as well; null for what the server has no code for. */
  readonly fault: FaultJson | null
  readonly errors: readonly FieldProblem[]
  /** The newer state, with `conflict`. */
  readonly current: unknown
  /** How long to wait before trying again, where the server said so. */
  readonly retryAfterSeconds: number | null

  constructor(problem: {
    status: number
    code: string
    detail: string
    fault?: FaultJson | null | undefined
    errors?: readonly FieldProblem[]
    current?: unknown
    retryAfterSeconds?: number | null
  }) {
    super(problem.detail)
    this.name = 'ApiProblem'
    this.status = problem.status
    this.code = problem.code
    this.detail = problem.detail
    this.fault = problem.fault ?? null
    this.errors = problem.errors ?? []
    this.current = problem.current
    this.retryAfterSeconds = problem.retryAfterSeconds ?? null
  }

  /** Whether the same call may succeed a little later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 503
  }
}

interface Identity {
  readonly csrfToken: string | null
  readonly tenant: string | null
}
let identity: Identity = { csrfToken: null, tenant: null }
/** Calls that answer with a session. */
const sessionCalls: ReadonlySet<CallName> = new Set(['readSession', 'signIn', 'useLink', 'updateProfile'])

export function forgetIdentity(): void {
  identity = { csrfToken: null, tenant: null }
}

/** Where a call is, for links, downloads and frames: `callUrl('readMailRaw', { params: { id } })`. */
export function callUrl<Name extends CallName>(name: Name, input: CallInput<Name>): string {
  const { params = {}, query = {} } = input as LooseInput
  const path = calls[name].path.replaceAll(/:(\w+)/g, (_, key: string) => {
    const value = key === 'tenant' ? (params['tenant'] ?? identity.tenant) : params[key]
    if (typeof value !== 'string' && typeof value !== 'number') throw new TypeError(`${name} needs "${key}"`)
    return encodeURIComponent(String(value))
  })
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value))
  }
  return `/api/v1${path}${search.size > 0 ? `?${search.toString()}` : ''}`
}

/**
 * Makes one call, once; reads are tried again by queries.ts.
 * @throws ApiProblem
 */
export async function callApi<Name extends CallName>(name: Name, input: CallInput<Name>, signal?: AbortSignal): Promise<CallAnswer<Name>> {
  const { method } = calls[name]
  const { body } = input as LooseInput
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (method !== 'GET' && identity.csrfToken !== null) headers['x-csrf-token'] = identity.csrfToken
  const options: RequestInit = { method, headers, signal: signal ?? null }
  if (body !== undefined) options.body = JSON.stringify(body)
  const response = await reach(callUrl(name, input), options)
  if (!response.ok) throw await problemOf(response)
  const answer = (await response.json()) as CallAnswer<Name>
  if (sessionCalls.has(name)) {
    const session = answer as CallAnswer<'readSession'>
    identity = { csrfToken: session.csrfToken, tenant: session.tenant?.slug ?? null }
  }
  return answer
}

async function reach(url: string, options: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...options, credentials: 'same-origin' })
  } catch (error) {
    if (options.signal?.aborted === true) throw error
    throw new ApiProblem({ status: 0, code: 'unreachable', detail: 'Leadpost does not answer.' })
  }
}

function namesFault(body: Partial<ApiProblem> | null): boolean {
  return (body?.fault ?? null) !== null || (body?.errors?.some(({ fault }) => fault !== undefined) ?? false)
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const { status } = response
  const waited = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterSeconds = Number.isFinite(waited) ? waited : null
  const body = (await response.json().catch(() => null)) as Partial<ApiProblem> | null
  // The words for it are there when it is shown; without them it is told in the server's own.
  if (namesFault(body)) await openTextPart('fault').catch(() => undefined)
  return new ApiProblem({
    status,
    code: body?.code ?? 'unexpected',
    detail: body?.detail ?? response.statusText,
    fault: body?.fault,
    errors: body?.errors ?? [],
    current: body?.current,
    retryAfterSeconds,
  })
}

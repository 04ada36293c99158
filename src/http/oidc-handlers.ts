/** Signing in at a tenant's own OpenID provider: there and back, always to one of our own paths. */
import { timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { checkIssuer, openOidcClient, OidcUnreachable, type OidcClient } from '../accounts/oidc.ts'
import type { OidcProblem } from '../api/oidc-problems.ts'
import type { TenantId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import { addressKey, domainOf } from '../mail/address.ts'
import { asAccount } from '../store/accounts.ts'
import { findTenantsByDomain } from '../store/host-names.ts'
import { findOidcProvider, oidcSignInTimeoutMs, readOidcProvider, secretPlace, takeOidcSignIn, writeOidcProvider } from '../store/oidc.ts'
import { seal } from '../store/sealed.ts'
import { apiPrefix, sent, type Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { answerSignedIn, beginSession, endOldSession } from './session-answer.ts'
import { requireSessionCookie, type SessionCookie } from './session-cookie.ts'

type OidcCalls = 'readSignInOptions' | 'startOidc' | 'finishOidc' | 'readOidc' | 'updateOidc'

export function oidcHandlers(context: ApiContext): Pick<Handlers, OidcCalls> {
  const { database } = context.store
  const client = openOidcClient({ database, log: context.log, key: context.mailboxKey })
  return {
    async readSignInOptions({ body }) {
      const email = addressKey(body.email)
      const domain = email === null ? null : domainOf(email)
      // By the domain, never by the account: so it is the same for everybody who might be there.
      const hosted = domain === null ? undefined : (await findTenantsByDomain(database, [domain])).get(domain)
      const provider = hosted === undefined ? null : await readOidcProvider(database, hosted.tenantId)
      return {
        password: true,
        resetByMail: context.sendMail !== null,
        oidcUrl: provider === null || hosted === undefined ? null : `${apiPrefix}/oidc/${hosted.slug}/start`,
      }
    },
    async startOidc({ params, query, request, reply }) {
      const place = requireSessionCookie(request, context.publicUrl)
      const provider = await findOidcProvider(database, params.tenant)
      if (provider === null) throw new PermanentFailure('notFound', `There is no OpenID provider of a tenant "${params.tenant}"`)
      try {
        const { url, state } = await client.begin(provider, redirectUrl(context, request), ownPath(query.to))
        void reply.setCookie(stateCookie(place), state, { ...stateCookieOptions(place), maxAge: oidcSignInTimeoutMs / 1000 })
        void reply.redirect(url.href)
      } catch (error) {
        if (!(error instanceof OidcUnreachable)) throw error
        context.log.warn({ issuer: provider.issuer, problem: error.message }, 'an OpenID provider does not answer')
        turnBack(reply, 'oidcUnreachable')
      }
      return sent
    },
    async finishOidc({ request, reply }) {
      await finish(context, client, request, reply)
      return sent
    },
    async readOidc({ tenant, request }) {
      return { provider: await shownProvider(context, tenant.id, request), redirectUrl: redirectUrl(context, request) }
    },
    async updateOidc({ body, tenant, caller, request }) {
      await update(context, client, tenant.id, body.provider, caller.actor)
      return { provider: await shownProvider(context, tenant.id, request), redirectUrl: redirectUrl(context, request) }
    },
  }
}

function redirectUrl({ publicUrl }: ApiContext, request: FastifyRequest): string {
  return `${publicUrl ?? `${request.protocol}://${request.host}`}${apiPrefix}/oidc/callback`
}

/** A path of our own page; anything that leads elsewhere is none (`//evil.example`, `/\evil.example`). */
export function ownPath(written: string | undefined): string {
  if (written === undefined || !/^\/(?![/\\])[\x21-\x7e]*$/.test(written) || written.includes('\\')) return '/'
  const url = new URL(written, 'http://own.invalid')
  return url.host === 'own.invalid' && !url.pathname.startsWith('//') ? `${url.pathname}${url.search}` : '/'
}

function stateCookie({ secure }: SessionCookie): string {
  return secure ? '__Host-leadpost-oidc' : 'leadpost-oidc'
}

function stateCookieOptions({ secure }: SessionCookie) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure } as const
}

function turnBack(reply: FastifyReply, problem: OidcProblem): void {
  void reply.redirect(`/sign-in?problem=${problem}`)
}

/** Only the browser that went there may come back, and only once: its cookie has the state that the provider hands back (RFC 6749 §10.12). */
async function finish(context: ApiContext, client: OidcClient, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { database } = context.store
  const place = requireSessionCookie(request, context.publicUrl)
  const url = new URL(`${redirectUrl(context, request)}${new URL(request.url, 'http://own.invalid').search}`)
  const state = url.searchParams.get('state') ?? ''
  const kept = request.cookies[stateCookie(place)] ?? ''
  void reply.clearCookie(stateCookie(place), stateCookieOptions(place))
  const running = isSame(state, kept) ? await takeOidcSignIn(database, state) : null
  const provider = running === null ? null : await readOidcProvider(database, running.tenantId)
  if (running === null || provider === null) return turnBack(reply, 'oidcExpired')
  const outcome = await client.finish(provider, url, state, running)
  if (outcome.kind === 'failed') return turnBack(reply, problemOf[outcome.why])
  const { account } = outcome
  await endOldSession(context, request)
  const token = await asAccount(database, account.ref, async (sql) => await beginSession(sql, account, 'oidc', request))
  await answerSignedIn(context, { request, reply }, account.ref, token)
  void reply.redirect(running.returnPath)
}

const problemOf = {
  unreachable: 'oidcUnreachable',
  refused: 'oidcRefused',
  unverified: 'oidcUnverified',
  unknown: 'oidcUnknown',
  invalid: 'oidcInvalid',
} as const satisfies Record<string, OidcProblem>

function isSame(state: string, kept: string): boolean {
  const [a, b] = [Buffer.from(state), Buffer.from(kept)]
  return a.length > 0 && a.length === b.length && timingSafeEqual(a, b)
}

async function shownProvider(context: ApiContext, tenantId: TenantId, request: FastifyRequest) {
  const provider = await readOidcProvider(context.store.database, tenantId)
  if (provider === null) return null
  const { issuer, clientId, clientSecret } = provider
  return { issuer, clientId, hasSecret: clientSecret !== null, redirectUrl: redirectUrl(context, request) }
}

/** Asked before it is kept: what does not answer now would keep everybody out later. */
async function update(
  context: ApiContext,
  client: OidcClient,
  tenantId: TenantId,
  wanted: { readonly issuer: string; readonly clientId: string; readonly clientSecret?: string | undefined } | null,
  actor: string,
): Promise<void> {
  const { database } = context.store
  if (wanted === null) return await writeOidcProvider(database, tenantId, null, actor)
  const { clientId } = wanted
  const issuer = checkIssuer(wanted.issuer, context.publicUrl)
  const place = { tenantId, issuer, clientId }
  const before = await readOidcProvider(database, tenantId)
  const keeps = wanted.clientSecret === undefined && before?.issuer === issuer && before.clientId === clientId
  const secret = wanted.clientSecret === undefined || wanted.clientSecret === '' ? null : wanted.clientSecret
  const clientSecret = keeps ? before.clientSecret : secret === null ? null : seal(await context.mailboxKey(), secretPlace(place), secret)
  await client.probe({ ...place, clientSecret, changedAt: new Date() })
  await writeOidcProvider(database, tenantId, { issuer, clientId, clientSecret }, actor)
}

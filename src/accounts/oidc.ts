/**
 * Signing in at a tenant's OpenID provider (OpenID Connect Core 1.0 §3.1, with PKCE: RFC 7636). What the provider says counts for its own tenant
 * alone, and only an address that it vouches for.
 */
import * as client from 'openid-client'
import type { TenantId } from '../crm/ids.ts'
import { faultOf, PermanentFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { findAccount, type Account } from '../store/accounts.ts'
import type { Database } from '../store/database.ts'
import { beginOidcSignIn, secretPlace, type OidcProvider, type RunningSignIn } from '../store/oidc.ts'
import { openSealed } from '../store/sealed.ts'
import { fetchLimited } from './limited-fetch.ts'

/** For each answer of a provider. */
export const oidcAnswerTimeoutMs = 10_000
/** How long what a provider published about itself is believed. */
const discoveredMs = 10 * 60_000
const discoveredMax = 200

/** What a failed sign-in is to the person; `cause` is for the log. */
export type OidcFailure = 'unreachable' | 'refused' | 'unverified' | 'unknown' | 'invalid'
export type OidcOutcome =
  | { readonly kind: 'signedIn'; readonly account: Account }
  | { readonly kind: 'failed'; readonly why: OidcFailure; readonly words: string }

export interface OidcClient {
  /** Where the browser goes now. @throws PermanentFailure `notFound` where the provider does not answer as one. */
  begin(provider: OidcProvider, redirectUrl: string, returnPath: string): Promise<{ readonly url: URL; readonly state: string }>
  /** The browser came back to `url`. */
  finish(provider: OidcProvider, url: URL, state: string, running: RunningSignIn): Promise<OidcOutcome>
  /** Asks the provider for what it publishes. @throws PermanentFailure `inputInvalid`, in words for the admin. */
  probe(provider: OidcProvider): Promise<void>
}

export class OidcUnreachable extends Error {}

export function openOidcClient(options: {
  readonly database: Database
  readonly log: Log
  readonly key: () => Promise<Uint8Array>
}): OidcClient {
  const { database, log } = options
  const discovered = new Map<string, { readonly configuration: client.Configuration; readonly until: number }>()

  async function configurationOf(provider: OidcProvider): Promise<client.Configuration> {
    const name = `${provider.tenantId} ${String(provider.changedAt.getTime())}`
    const known = discovered.get(name)
    if (known !== undefined && known.until > Date.now()) return known.configuration
    const configuration = await discover(provider, await secretOf(await options.key(), provider))
    if (discovered.size >= discoveredMax) discovered.clear()
    discovered.set(name, { configuration, until: Date.now() + discoveredMs })
    return configuration
  }

  return {
    async begin(provider, redirectUrl, returnPath) {
      const configuration = await configurationOf(provider)
      const codeVerifier = client.randomPKCECodeVerifier()
      const state = client.randomState()
      const nonce = client.randomNonce()
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUrl,
        scope: 'openid email profile',
        code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      })
      await beginOidcSignIn(database, provider.tenantId, state, { nonce, codeVerifier, returnPath })
      return { url, state }
    },
    async finish(provider, url, state, running) {
      try {
        const configuration = await configurationOf(provider)
        const claims = await claimsOf(configuration, url, state, running)
        return await accountOf(database, provider.tenantId, claims)
      } catch (error) {
        const failed = failureOf(error)
        log.warn({ issuer: provider.issuer, why: failed.why, problem: failed.words }, 'a sign-in at an OpenID provider failed')
        return failed
      }
    },
    async probe(provider) {
      try {
        await configurationOf(provider)
      } catch (error) {
        throw new PermanentFailure(
          'inputInvalid',
          `${provider.issuer} does not answer as an OpenID provider (${reasonOf(error)}). It is the address under which /.well-known/openid-configuration is found.`,
          { cause: error, fault: faultOf('issuerSilent', { issuer: provider.issuer, said: reasonOf(error) }) },
        )
      }
    },
  }
}

async function discover(provider: OidcProvider, secret: string | null): Promise<client.Configuration> {
  const issuer = new URL(provider.issuer)
  try {
    return await client.discovery(
      issuer,
      provider.clientId,
      secret === null ? { token_endpoint_auth_method: 'none' } : secret,
      secret === null ? client.None() : undefined,
      {
        timeout: oidcAnswerTimeoutMs / 1000,
        [client.customFetch]: fetchLimited,
        // Only an address of this machine may be without TLS (`checkIssuer`).
        ...(issuer.protocol === 'http:' ? { execute: [client.allowInsecureRequests] } : {}),
      },
    )
  } catch (error) {
    throw new OidcUnreachable(reasonOf(error), { cause: error })
  }
}

async function secretOf(key: Uint8Array, provider: OidcProvider): Promise<string | null> {
  if (provider.clientSecret === null) return null
  const opened = openSealed(key, secretPlace(provider), provider.clientSecret)
  if (opened.kind === 'opened') return String(opened.secret)
  throw new PermanentFailure(
    'configurationInvalid',
    `The client secret for ${provider.issuer} was stored with another key (MAILBOX_KEY), or its row was changed by hand: enter it again.`,
    { fault: faultOf('secretUnreadable') },
  )
}

interface Claims {
  readonly email: unknown
  readonly isVerified: boolean
}

/** Checks signature, issuer, audience, nonce, state and PKCE (all of them openid-client's business), and asks for the address where the token has none. */
async function claimsOf(configuration: client.Configuration, url: URL, state: string, running: RunningSignIn): Promise<Claims> {
  const tokens = await client.authorizationCodeGrant(configuration, url, {
    pkceCodeVerifier: running.codeVerifier,
    expectedState: state,
    expectedNonce: running.nonce,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  if (claims === undefined) throw new Error('no id token')
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata()
  const hasEmail = typeof claims['email'] === 'string'
  const told = hasEmail || endpoint === undefined ? claims : await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)
  // Entra ID has no email_verified; its xms_edov says whether the address's domain is the directory's own.
  const vouched = [told['email_verified'], told['xms_edov'], claims['xms_edov']]
  return { email: told['email'], isVerified: vouched.some((each) => each === true || each === 'true' || each === 1 || each === '1') }
}

async function accountOf(database: Database, tenantId: TenantId, { email, isVerified }: Claims): Promise<OidcOutcome> {
  const key: AddressKey | null = typeof email === 'string' ? addressKey(email) : null
  if (key === null || !isVerified)
    return { kind: 'failed', why: 'unverified', words: 'the provider vouches for no mail address (email, email_verified or xms_edov)' }
  const account = await findAccount(database, key)
  // Of another tenant is as good as of none: a provider speaks for its own people alone.
  if (account === null || account.disabled || account.ref.kind !== 'user' || account.ref.tenantId !== tenantId)
    return { kind: 'failed', why: 'unknown', words: 'no enabled account of this tenant has that address' }
  return { kind: 'signedIn', account }
}

function failureOf(error: unknown): Extract<OidcOutcome, { kind: 'failed' }> {
  const why = error instanceof client.AuthorizationResponseError ? 'refused' : isUnreachable(error) ? 'unreachable' : 'invalid'
  return { kind: 'failed', why, words: reasonOf(error) }
}

function isUnreachable(error: unknown): boolean {
  if (error instanceof OidcUnreachable) return true
  const code = (error as { code?: unknown }).code
  return code === 'OAUTH_TIMEOUT' || (error instanceof Error && error.cause instanceof TypeError)
}

/** In a few words, none of them from the answer: a provider's answer may hold what is nobody's business. */
function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  const cause = error instanceof Error ? (error.cause as { code?: unknown; message?: unknown } | undefined) : undefined
  return [wordsOf(error), typeof code === 'string' ? code : '', typeof cause?.code === 'string' ? cause.code : '']
    .filter((each) => each !== '')
    .join(', ')
    .slice(0, 300)
}

/**
 * An issuer is reached by https; by plain http on this machine alone, and only while the page itself is tried out there.
 * @throws PermanentFailure `inputInvalid`.
 */
export function checkIssuer(written: string, publicUrl: string | null): string {
  const url = URL.canParse(written) ? new URL(written) : null
  const isLocal =
    url?.protocol === 'http:' && ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) && !publicUrl?.startsWith('https:')
  if (url !== null && (url.protocol === 'https:' || isLocal) && url.search === '' && url.hash === '' && url.username === '') return written
  throw new PermanentFailure(
    'inputInvalid',
    `"${written}" is no issuer: it is an https address such as https://accounts.example.com/realm`,
    {
      fault: faultOf('issuerWrong', { issuer: written }),
    },
  )
}

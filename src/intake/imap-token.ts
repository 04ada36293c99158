/** OAuth2 access tokens for a mailbox (RFC 6749 §6): fetched with the refresh token when there is none or the old one ends. */
import { faultOf, PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'
import type { MailboxSecret } from '../store/mailbox-secret.ts'

export type OAuth2Secret = Extract<MailboxSecret, { kind: 'oauth2' }>

export interface AccessTokens {
  /**
   * A token that holds for a while yet; `fresh` asks for a new one though the old should still hold (the server refused it).
   * @throws PermanentFailure `configurationInvalid` where the grant is refused, TemporaryFailure where the token server is away.
   */
  get(options?: { readonly fresh?: boolean }): Promise<string>
}

/** A token is not used in its last minute. */
const spareMs = 60_000
const lifetimeDefaultMs = 300_000
const answerTimeoutMs = 15_000
const answerCharactersMax = 100_000

interface TokenAnswer {
  readonly access_token?: unknown
  readonly expires_in?: unknown
  readonly refresh_token?: unknown
  readonly error?: unknown
  readonly error_description?: unknown
}

/** `onReplaced` is handed the grant with its new refresh token where the server rotates them; the old one no longer holds then. */
export function openAccessTokens(secret: OAuth2Secret, onReplaced: (secret: OAuth2Secret) => Promise<void>): AccessTokens {
  let grant = secret
  let token: { readonly text: string; readonly endsAt: number } | null = null
  /** The old refresh token is void, and the new one stands nowhere but here. */
  let isUnsaved = false
  const save = async (): Promise<void> => {
    await onReplaced(grant)
    isUnsaved = false
  }
  return {
    async get({ fresh = false } = {}) {
      if (isUnsaved) await save()
      if (!fresh && token !== null && performance.now() < token.endsAt) return token.text
      const answer = await askForToken(grant)
      const lifetimeMs = typeof answer.expires_in === 'number' ? answer.expires_in * 1000 : lifetimeDefaultMs
      token = { text: answer.access_token, endsAt: performance.now() + Math.max(0, lifetimeMs - spareMs) }
      if (typeof answer.refresh_token === 'string' && answer.refresh_token !== grant.refreshToken) {
        grant = { ...grant, refreshToken: answer.refresh_token }
        isUnsaved = true
        await save()
      }
      return token.text
    },
  }
}

async function askForToken(grant: OAuth2Secret): Promise<TokenAnswer & { readonly access_token: string }> {
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: grant.refreshToken, client_id: grant.clientId })
  if (grant.clientSecret !== null) body.set('client_secret', grant.clientSecret)
  if (grant.scope !== null) body.set('scope', grant.scope)
  const { host } = new URL(grant.tokenUrl)
  const { ok, status, text } = await post(grant.tokenUrl, body).catch((error: unknown) => {
    throw new TemporaryFailure('serverUnavailable', `The token server ${host} does not answer: ${wordsOf(error)}`, {
      cause: error,
      fault: faultOf('tokenServerSilent', { server: host, said: wordsOf(error) }),
    })
  })
  const answer = readAnswer(text)
  if (ok && typeof answer.access_token === 'string' && answer.access_token !== '') return { ...answer, access_token: answer.access_token }
  const said = [answer.error, answer.error_description].filter((part) => typeof part === 'string').join(': ') || `status ${status}`
  if (status >= 500 || status === 429)
    throw new TemporaryFailure('serverUnavailable', `The token server ${host} has trouble: ${said}`, {
      fault: faultOf('tokenServerTrouble', { server: host, said }),
    })
  throw new PermanentFailure(
    'configurationInvalid',
    `The token server ${host} refuses the grant: ${said}. Remove the mailbox and add it with a new one.`,
    { fault: faultOf('tokenRefused', { server: host, said }) },
  )
}

async function post(url: string, body: URLSearchParams): Promise<{ readonly ok: boolean; readonly status: number; readonly text: string }> {
  // A redirect would hand the grant to whomever it names.
  const response = await fetch(url, { method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(answerTimeoutMs) })
  return { ok: response.ok, status: response.status, text: (await response.text()).slice(0, answerCharactersMax) }
}

function readAnswer(text: string): TokenAnswer {
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null ? answer : {}
  } catch {
    return {}
  }
}

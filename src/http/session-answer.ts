/** Signing a browser in, and what it is then told. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CallAnswer } from '../api/contract.ts'
import type { SignInWay } from '../crm/sign-in.ts'
import { PermanentFailure } from '../failure.ts'
import { readProfile, type AccountRef } from '../store/accounts.ts'
import type { Sql } from '../store/database.ts'
import { createSession } from '../store/sessions.ts'
import type { ApiContext } from './api-context.ts'
import {
  clearSessionCookie,
  csrfTokenOf,
  readSessionToken,
  requireSessionCookie,
  sessionCookieOf,
  writeSessionCookie,
} from './session-cookie.ts'

/** How long what was answered or filed may be taken back (PRODUCT §6). */
export const undoDaysMax = 30

type SessionContext = Pick<ApiContext, 'store' | 'publicUrl' | 'crmAddresses' | 'version'>
export type SessionAnswer = CallAnswer<'readSession'>

/** Makes a session in that transaction; its token is another one each time, so nobody can plant one beforehand. */
export async function beginSession(sql: Sql, ref: AccountRef, way: SignInWay, request: FastifyRequest): Promise<string> {
  const { token } = await createSession(sql, ref, { way, clientAddress: request.ip, userAgent: request.headers['user-agent'] ?? null })
  return token
}

/** Hands the token to the browser, and answers as `readSession` does. */
export async function answerSignedIn(
  context: SessionContext,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  ref: AccountRef,
  token: string,
): Promise<SessionAnswer> {
  writeSessionCookie(reply, requireSessionCookie(request, context.publicUrl), token)
  return await sessionAnswer(context, ref, token)
}

/** @throws PermanentFailure `notSignedIn` where the account went meanwhile. */
export async function sessionAnswer(context: SessionContext, ref: AccountRef, token: string): Promise<SessionAnswer> {
  const profile = await readProfile(context.store.database, ref)
  if (profile === null) throw new PermanentFailure('notSignedIn', 'This account is not there any more')
  const { tenant, ...user } = profile
  return {
    user: { id: ref.id, ...user, locale: localeOf(user.locale) },
    tenant,
    csrfToken: csrfTokenOf(token),
    crmAddresses: [...context.crmAddresses],
    undoDays: undoDaysMax,
    version: context.version,
  }
}

function localeOf(written: string | null): SessionAnswer['user']['locale'] {
  return locales.find((each) => each === written) ?? null
}
const locales = ['en', 'de', 'pl', 'sv', 'he'] as const

/** The token of the session that makes this call. */
export function tokenOfCall(context: SessionContext, request: FastifyRequest): string {
  const token = readSessionToken(request, context.publicUrl)
  if (token !== null) return token
  throw new PermanentFailure('notAllowed', 'This is about a session of the page, and an API key has none')
}

export function forgetSession(
  context: SessionContext,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  const place = sessionCookieOf(request, context.publicUrl)
  if (place !== null) clearSessionCookie(reply, place)
}

/** Signing a browser in, and what it is then told. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CallAnswer } from '../api/contract.ts'
import { localeShape } from '../api/shapes-session.ts'
import { WeakPassword } from '../accounts/password-rules.ts'
import type { SignInWay } from '../crm/sign-in.ts'
import { PermanentFailure } from '../failure.ts'
import { readProfile, type Account, type AccountRef } from '../store/accounts.ts'
import { writeAudit } from '../store/audit.ts'
import type { Sql } from '../store/database.ts'
import { undoDaysMax } from '../store/confirmation-rows.ts'
import { createSession, endSession, findSession, type FoundSession } from '../store/sessions.ts'
import type { ApiContext } from './api-context.ts'
import { InputProblem } from './input-problem.ts'
import {
  clearSessionCookie,
  csrfTokenOf,
  readSessionToken,
  requireSessionCookie,
  sendsKey,
  sessionCookieOf,
  writeSessionCookie,
} from './session-cookie.ts'

type SessionContext = Pick<ApiContext, 'store' | 'publicUrl' | 'crmAddresses' | 'version'>
export type SessionAnswer = CallAnswer<'readSession'>

/**
 * Makes a session in that transaction (of the account's tenant, or of the router) and puts it on record; its token is another one each time, so
 * nobody can plant one beforehand.
 */
export async function beginSession(
  sql: Sql,
  { ref, email }: Pick<Account, 'ref' | 'email'>,
  way: SignInWay,
  request: FastifyRequest,
): Promise<string> {
  const clientAddress = request.ip
  const { token } = await createSession(sql, ref, { way, clientAddress, userAgent: request.headers['user-agent'] ?? null })
  if (ref.kind === 'user')
    await writeAudit(sql, ref.tenantId, { actor: email, action: 'signedIn', subject: email, detail: { by: way, clientAddress } })
  return token
}

/** The session that the browser had before it signs in anew. */
export async function endOldSession({ store, publicUrl }: SessionContext, request: FastifyRequest): Promise<void> {
  const token = readSessionToken(request, publicUrl)
  const old = token === null ? null : await findSession(store.database, token)
  if (old !== null) await endSession(store.database, old.account.ref, old.id)
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
  return localeShape.options.find((each) => each === written) ?? null
}

/**
 * The session that makes this call, and its token.
 * @throws PermanentFailure `notAllowed` for an API key, `notSignedIn` where the session ended meanwhile.
 */
export async function currentSession(context: SessionContext, request: FastifyRequest): Promise<FoundSession & { readonly token: string }> {
  const token = sendsKey(request) ? null : readSessionToken(request, context.publicUrl)
  if (token === null) throw new PermanentFailure('notAllowed', 'This is about a session of the page, and an API key has none')
  const session = await findSession(context.store.database, token)
  if (session === null) throw new PermanentFailure('notSignedIn', 'This session has ended; sign in again')
  return { ...session, token }
}

export function forgetSession(
  context: SessionContext,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  const place = sessionCookieOf(request, context.publicUrl)
  if (place !== null) clearSessionCookie(reply, place)
}

/** A password that is refused is told at its field of the form. */
export async function tellAtField<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof WeakPassword)
      throw new InputProblem('body', [{ path: field, message: error.message, fault: error.fault ?? undefined }])
    throw error
  }
}

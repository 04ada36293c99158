/** Signing in by password, out, and what is one's own: sessions, password, language and time zone. */
import { findSession, endSession, listSessions } from '../store/sessions.ts'
import { asAccount, findAccount, writeProfile, type Account } from '../store/accounts.ts'
import { passwordFits, takePasswordTurn } from '../accounts/passwords.ts'
import type { SessionId } from '../crm/ids.ts'
import { PermanentFailure } from '../failure.ts'
import { addressKey } from '../mail/address.ts'
import type { Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { answerSignedIn, beginSession, forgetSession, sessionAnswer, tokenOfCall } from './session-answer.ts'
import { checkOwnOrigin, readSessionToken, requireSessionCookie } from './session-cookie.ts'
import type { FastifyRequest } from 'fastify'

type SessionCalls = 'signIn' | 'readSession' | 'signOut' | 'listSessions' | 'endSession' | 'updateProfile'

export function sessionHandlers(context: ApiContext): Pick<Handlers, SessionCalls> {
  const { database } = context.store
  const current = async (request: FastifyRequest): Promise<{ id: SessionId; account: Account; token: string }> => {
    const token = tokenOfCall(context, request)
    const session = await findSession(database, token)
    if (session === null) throw new PermanentFailure('notSignedIn', 'This session has ended; sign in again')
    return { ...session, token }
  }
  return {
    async signIn({ body, request, reply }) {
      checkOwnOrigin(request, context.publicUrl)
      requireSessionCookie(request, context.publicUrl)
      const email = addressKey(body.email)
      const account = await takePasswordTurn(async () => {
        const found = email === null ? null : await findAccount(database, email)
        const known = found !== null && !found.disabled ? found : null
        return (await passwordFits(known?.passwordHash ?? null, body.password)) ? known : null
      })
      if (account === null) throw new PermanentFailure('notSignedIn', 'Address or password are not right')
      const before = readSessionToken(request, context.publicUrl)
      const old = before === null ? null : await findSession(database, before)
      if (old !== null) await endSession(database, old.account.ref, old.id)
      const token = await asAccount(database, account.ref, async (sql) => await beginSession(sql, account.ref, 'password', request))
      return await answerSignedIn(context, { request, reply }, account.ref, token)
    },
    async readSession({ request }) {
      const { account, token } = await current(request)
      return await sessionAnswer(context, account.ref, token)
    },
    async signOut({ request, reply }) {
      const { id, account } = await current(request)
      await endSession(database, account.ref, id)
      forgetSession(context, { request, reply })
      return {}
    },
    async listSessions({ request }) {
      const { id, account } = await current(request)
      const sessions = await listSessions(database, account.ref)
      return {
        sessions: sessions.map((session) => ({
          ...session,
          current: session.id === id,
          createdAt: session.createdAt.toISOString(),
          lastSeenAt: session.lastSeenAt.toISOString(),
          expiresAt: session.expiresAt.toISOString(),
        })),
      }
    },
    async endSession({ params, request, reply }) {
      const { id, account } = await current(request)
      if (!(await endSession(database, account.ref, params.id as SessionId)))
        throw new PermanentFailure('notFound', `You have no session ${params.id}`)
      if (params.id === id) forgetSession(context, { request, reply })
      return {}
    },
    async updateProfile({ body, request }) {
      const { account, token } = await current(request)
      await writeProfile(database, account.ref, body)
      return await sessionAnswer(context, account.ref, token)
    },
  }
}

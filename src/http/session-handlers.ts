/** Signing in by password, who is signed in, and signing out. */
import type { FastifyRequest } from 'fastify'
import { checkPassword } from '../accounts/check-password.ts'
import { clientOf } from '../intake/connection-counts.ts'
import { addressKey } from '../mail/address.ts'
import { asAccount } from '../store/accounts.ts'
import { endSession } from '../store/sessions.ts'
import type { Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { answerSignedIn, beginSession, currentSession, endOldSession, forgetSession, sessionAnswer } from './session-answer.ts'
import { checkOwnOrigin, requireSessionCookie } from './session-cookie.ts'

export function sessionHandlers(context: ApiContext): Pick<Handlers, 'signIn' | 'readSession' | 'signOut'> {
  const { database } = context.store
  let isWarned = false
  /** Behind a proxy that is not named, everybody is one client: one who guesses would make all wait. */
  const warnOfProxy = (request: FastifyRequest): void => {
    if (isWarned || request.headers['x-forwarded-for'] === undefined || request.ip !== request.socket.remoteAddress) return
    isWarned = true
    context.log.warn(
      { proxy: request.ip },
      'a proxy hands on requests and is not named in HTTP_TRUSTED_PROXIES, so all who come through it count as one',
    )
  }
  return {
    async signIn({ body, request, reply }) {
      checkOwnOrigin(request, context.publicUrl)
      requireSessionCookie(request, context.publicUrl)
      warnOfProxy(request)
      const guesser = { email: addressKey(body.email), client: clientOf(request.ip) }
      const account = await checkPassword(database, context.log, guesser, body.password)
      await endOldSession(context, request)
      const token = await asAccount(database, account.ref, async (sql) => await beginSession(sql, account, 'password', request))
      return await answerSignedIn(context, { request, reply }, account.ref, token)
    },
    async readSession({ request }) {
      const { account, token } = await currentSession(context, request)
      return await sessionAnswer(context, account.ref, token)
    },
    async signOut({ request, reply }) {
      const { id, account } = await currentSession(context, request)
      await endSession(database, account.ref, id)
      forgetSession(context, { request, reply })
      return {}
    },
  }
}

/** What is one's own: where one is signed in, password, language and time zone. */
import { checkPassword } from '../accounts/check-password.ts'
import { checkNewPassword } from '../accounts/password-rules.ts'
import { hashPassword } from '../accounts/passwords.ts'
import type { SessionId } from '../crm/ids.ts'
import { faultOf, PermanentFailure } from '../failure.ts'
import { clientOf } from '../intake/connection-counts.ts'
import { asAccount, readProfile, setAccountPassword, writeProfile } from '../store/accounts.ts'
import { writeAudit } from '../store/audit.ts'
import { endSession, endSessions, listSessions } from '../store/sessions.ts'
import type { Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { InputProblem } from './input-problem.ts'
import { currentSession, forgetSession, sessionAnswer, tellAtField } from './session-answer.ts'

export function ownHandlers(context: ApiContext): Pick<Handlers, 'listSessions' | 'endSession' | 'changePassword' | 'updateProfile'> {
  const { database } = context.store
  return {
    async listSessions({ request }) {
      const { id, account } = await currentSession(context, request)
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
      const { id, account } = await currentSession(context, request)
      if (!(await endSession(database, account.ref, params.id as SessionId)))
        throw new PermanentFailure('notFound', `You have no session ${params.id}`)
      if (params.id === id) forgetSession(context, { request, reply })
      return {}
    },
    async changePassword({ body, request }) {
      const { id, account } = await currentSession(context, request)
      const { ref, email } = account
      await checkCurrent(context, { email, client: clientOf(request.ip) }, body.current)
      const profile = await readProfile(database, ref)
      const about = [email, profile?.name ?? '', profile?.tenant?.name ?? '']
      await tellAtField('next', async () => await checkNewPassword(body.next, about))
      const passwordHash = await hashPassword(body.next)
      await asAccount(database, ref, async (sql) => {
        await setAccountPassword(sql, ref, passwordHash)
        const sessionsEnded = await endSessions(sql, ref, id)
        if (ref.kind === 'user')
          await writeAudit(sql, ref.tenantId, { actor: email, action: 'passwordChanged', subject: email, detail: { sessionsEnded } })
      })
      return {}
    },
    async updateProfile({ body, request }) {
      if (typeof body.timeZone === 'string' && !isTimeZone(body.timeZone))
        throw new InputProblem('body', [
          { path: 'timeZone', message: 'is no time zone; it is one such as Europe/Berlin', fault: faultOf('timeZoneWrong') },
        ])
      const { account, token } = await currentSession(context, request)
      await writeProfile(database, account.ref, body)
      return await sessionAnswer(context, account.ref, token)
    },
  }
}

/** Somebody who sits at an open page must not guess the password either. A wrong one is no reason to sign him out, so it is no 401. */
async function checkCurrent({ store, log }: ApiContext, guesser: Parameters<typeof checkPassword>[2], password: string): Promise<void> {
  try {
    await checkPassword(store.database, log, guesser, password)
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error
    throw new InputProblem('body', [
      { path: 'current', message: 'this is not the password that you have now', fault: faultOf('passwordWrong') },
    ])
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

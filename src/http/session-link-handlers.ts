/** Links that sign somebody in who has no password yet, or has forgotten it. */
import { createOwnResetLink } from '../accounts/links.ts'
import { openLink, useLink } from '../accounts/use-link.ts'
import { TooManyRequests, wordsOf } from '../failure.ts'
import { clientOf } from '../intake/connection-counts.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { findAccount, readProfile } from '../store/accounts.ts'
import { takeGuess, type GuessRule } from '../store/guesses.ts'
import type { Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { sendLink } from './link-place.ts'
import { answerSignedIn, beginSession, endOldSession, tellAtField } from './session-answer.ts'
import { checkOwnOrigin, requireSessionCookie } from './session-cookie.ts'

/** Mails to one address: three, then one every half hour at most. More are asked for and never sent, in the same words. */
export const resetMailRule: GuessRule = { freeMax: 3, firstWaitMs: 30 * 60_000, waitMaxMs: 30 * 60_000 }
/** Asked for by one client. */
export const resetClientRule: GuessRule = { freeMax: 20, firstWaitMs: 60_000, waitMaxMs: 30 * 60_000 }

export function linkHandlers(context: ApiContext): Pick<Handlers, 'requestPasswordReset' | 'readLink' | 'useLink'> {
  const { database } = context.store
  return {
    /** Who has an account is nobody's business: the answer is given before anybody looks. */
    async requestPasswordReset({ body, request }) {
      checkOwnOrigin(request, context.publicUrl)
      await takeTurn(context, { name: `reset client ${clientOf(request.ip)}`, rule: resetClientRule })
      const email = addressKey(body.email)
      if (email !== null && context.sendMail !== null)
        void mailReset(context, email).catch((error: unknown) => {
          context.log.warn({ problem: wordsOf(error) }, 'a link for a new password could not be made')
        })
      return {}
    },
    async readLink({ params }) {
      const { kind, expiresAt, account } = await openLink(database, params.token)
      const profile = account === null ? null : await readProfile(database, account.ref)
      return {
        kind,
        email: profile?.email ?? null,
        name: profile?.name ?? null,
        tenant: profile?.tenant?.name ?? null,
        expiresAt: expiresAt.toISOString(),
      }
    },
    async useLink({ params, body, request, reply }) {
      checkOwnOrigin(request, context.publicUrl)
      requireSessionCookie(request, context.publicUrl)
      const use = { token: params.token, password: body.password, name: body.name, email: body.email }
      const { ref, begun: token } = await tellAtField(
        'password',
        async () => await useLink(database, use, async (sql, who) => await beginSession(sql, who, 'link', request)),
      )
      await endOldSession(context, request)
      return await answerSignedIn(context, { request, reply }, ref, token)
    },
  }
}

/** @throws TooManyRequests. */
async function takeTurn({ store }: ApiContext, key: { readonly name: string; readonly rule: GuessRule }): Promise<void> {
  const waitMs = await takeGuess(store.database, key)
  if (waitMs > 0) throw new TooManyRequests('Too many links were asked for from here; wait a while', Math.ceil(waitMs / 1000))
}

async function mailReset(context: ApiContext, email: AddressKey): Promise<void> {
  const { database } = context.store
  const account = await findAccount(database, email)
  if (account === null || account.disabled) return
  if ((await takeGuess(database, { name: `reset mail ${email}`, rule: resetMailRule })) > 0) return
  const profile = await readProfile(database, account.ref)
  if (profile === null) return
  const { token, expiresAt } = await createOwnResetLink(database, account)
  await sendLink(context, token, {
    kind: 'passwordReset',
    email,
    name: profile.name,
    company: profile.tenant?.name ?? null,
    by: email,
    language: profile.locale ?? profile.tenant?.locale ?? 'en',
    timeZone: profile.timeZone ?? profile.tenant?.timeZone ?? 'UTC',
    expiresAt,
  })
}

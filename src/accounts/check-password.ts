/** Whether somebody knows the password of an account, and whether he may try: the one place for the page and for whoever changes his password. */
import { PermanentFailure, TooManyRequests } from '../failure.ts'
import type { Log } from '../log.ts'
import { writeAudit } from '../store/audit.ts'
import { findAccount, type Account } from '../store/accounts.ts'
import type { Database } from '../store/database.ts'
import { guessesOf, passwordWasRight, passwordWasWrong, type Guesser } from './guesses.ts'
import { passwordChecksBusy, passwordFits, takePasswordTurn } from './passwords.ts'

/**
 * The account whose password this is. Who is unknown, disabled or without a password is answered as after a wrong one, in words and in time.
 * @throws PermanentFailure `notSignedIn`; TooManyRequests with the time to wait.
 */
export async function checkPassword(database: Database, log: Log, guesser: Guesser, password: string): Promise<Account> {
  if (passwordChecksBusy()) throw new TooManyRequests('Too many people sign in at this moment; try again in a few seconds', 5)
  const account = await takePasswordTurn(async () => {
    // Asked when its turn has come, so that guesses sent side by side do not slip through together.
    const state = await guessesOf(database, guesser)
    if (state.waitMs > 0) throw tooOften(state.waitMs)
    const found = guesser.email === null ? null : await findAccount(database, guesser.email)
    const known = found !== null && !found.disabled ? found : null
    const fits = await passwordFits(known?.passwordHash ?? null, password)
    if (fits && known !== null) {
      await passwordWasRight(database, guesser, state)
      return known
    }
    if (await passwordWasWrong(database, guesser, password)) await tellOfGuesses(database, log, guesser, found)
    return null
  })
  if (account === null) throw new PermanentFailure('notSignedIn', 'Address or password are not right')
  return account
}

function tooOften(waitMs: number): TooManyRequests {
  const seconds = Math.ceil(waitMs / 1000)
  const wait = seconds < 60 ? `${String(seconds)} seconds` : `${String(Math.ceil(seconds / 60))} minutes`
  return new TooManyRequests(`Too many wrong passwords. Wait ${wait}, or ask for a link to set a new password.`, seconds)
}

/** Whose account it is can see it in his tenant's audit trail; an operator's, in the log. */
async function tellOfGuesses(database: Database, log: Log, { client }: Guesser, account: Account | null): Promise<void> {
  log.warn({ client, account: account === null ? 'unknown' : account.ref.id }, 'several wrong passwords in a row; the next guesses wait')
  if (account?.ref.kind !== 'user') return
  const { tenantId } = account.ref
  const entry = { actor: account.email, action: 'passwordGuessed', subject: account.email, detail: { clientAddress: client } }
  await database.tenantSql(tenantId, async (sql) => await writeAudit(sql, tenantId, entry))
}

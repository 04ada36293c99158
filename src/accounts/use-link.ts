/** Using a one-time link: once, whoever comes first, and all of it in one transaction. */
import { faultOf, PermanentFailure } from '../failure.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { isTakenAddress, readProfile, setAccountPassword, type Account, type AccountRef } from '../store/accounts.ts'
import { writeAudit } from '../store/audit.ts'
import type { Database, Sql } from '../store/database.ts'
import { findLink, forgetLinks, takeLink, type FoundLink } from '../store/links.ts'
import { createOperator } from '../store/operators.ts'
import { endSessions } from '../store/sessions.ts'
import { checkNewPassword } from './password-rules.ts'
import { hashPassword } from './passwords.ts'

export interface LinkUse {
  readonly token: string
  /** Needed but for `signIn`. */
  readonly password: string | undefined
  /** Who the first operator is; nobody else names himself. */
  readonly name: string | undefined
  readonly email: string | undefined
}

/** @throws PermanentFailure `notFound`. */
export async function openLink(database: Database, token: string): Promise<FoundLink> {
  const link = await findLink(database, token)
  if (link === null) throw gone()
  return link
}

function gone(): PermanentFailure {
  return new PermanentFailure(
    'notFound',
    'This link was used before, or it is too old, or a newer one was made. Ask for a new one: on the sign-in page, or from your admin.',
    { fault: faultOf('linkGone') },
  )
}

type Who = Pick<Account, 'ref' | 'email'>

/**
 * @param begin makes the session, in the same transaction.
 * @throws PermanentFailure `notFound` (used, too old), `inputInvalid` (password, name, address), `conflict` (the address has an account).
 */
export async function useLink<T>(
  database: Database,
  use: LinkUse,
  begin: (sql: Sql, who: Who) => Promise<T>,
): Promise<{ readonly ref: AccountRef; readonly begun: T }> {
  const link = await openLink(database, use.token)
  const first = link.account === null ? readFirstOperator(use) : null
  const about = link.account === null ? [first?.email ?? '', first?.name ?? ''] : await aboutOf(database, link.account)
  const passwordHash = link.kind === 'signIn' ? null : await hashNew(use.password, about)
  try {
    return await database.acrossTenants(async (enter) => {
      const router = await enter.router()
      if (!(await takeLink(router, use.token))) throw gone()
      const who = link.account ?? (await createFirstOperator(router, first))
      const sql = who.ref.kind === 'user' ? await enter.tenant(who.ref.tenantId) : router
      if (passwordHash !== null) await setPassword(sql, who, passwordHash, link.kind)
      return { ref: who.ref, begun: await begin(sql, who) }
    })
  } catch (error) {
    if (isTakenAddress(error))
      throw new PermanentFailure(
        'conflict',
        `${first?.email ?? 'This address'} has an account already; take another one`,
        first === null ? {} : { fault: faultOf('addressTaken', { address: first.email }) },
      )
    throw error
  }
}

/** Whoever knew the old password, or holds another link, is out. */
async function setPassword(sql: Sql, { ref, email }: Who, passwordHash: string, kind: FoundLink['kind']): Promise<void> {
  await setAccountPassword(sql, ref, passwordHash)
  await forgetLinks(sql, ref, null)
  const sessionsEnded = await endSessions(sql, ref, null)
  if (ref.kind === 'user')
    await writeAudit(sql, ref.tenantId, { actor: email, action: 'passwordSet', subject: email, detail: { by: kind, sessionsEnded } })
}

interface FirstOperator {
  readonly email: AddressKey
  readonly name: string
}

function readFirstOperator({ name, email }: LinkUse): FirstOperator {
  const key = email === undefined ? null : addressKey(email)
  if (key === null || name === undefined)
    throw new PermanentFailure('inputInvalid', 'The first operator names himself: give `name` and `email`, a plain mail address', {
      fault: email === undefined || name === undefined ? faultOf('valueMissing') : faultOf('addressWrong', { address: email }),
    })
  return { email: key, name }
}

/** Two who hold two such links cannot both become the first: the table is locked until one of them is. */
async function createFirstOperator(sql: Sql, first: FirstOperator | null): Promise<Who> {
  if (first === null) throw gone()
  await sql.run('LOCK TABLE operator_account IN SHARE ROW EXCLUSIVE MODE')
  const [found] = await sql.rows<{ there: boolean }>('SELECT EXISTS (SELECT FROM operator_account) AS there')
  if (found?.there !== false) throw gone()
  return { ref: { kind: 'operator', id: await createOperator(sql, first) }, email: first.email }
}

async function aboutOf(database: Database, { ref, email }: Account): Promise<string[]> {
  const profile = await readProfile(database, ref)
  return [email, profile?.name ?? '', profile?.tenant?.name ?? '']
}

async function hashNew(password: string | undefined, about: readonly string[]): Promise<string> {
  if (password === undefined)
    throw new PermanentFailure('inputInvalid', 'Choose a password: give `password`', { fault: faultOf('valueMissing') })
  await checkNewPassword(password, about)
  return await hashPassword(password)
}

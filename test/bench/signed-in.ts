/** Somebody who is signed in to a running program, without the page having been asked for it. */
import { csrfTokenOf } from '../../src/http/session-cookie.ts'
import { openLog } from '../../src/log.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import { asAccount, findAccount } from '../../src/store/accounts.ts'
import { openDatabase } from '../../src/store/database.ts'
import { createSession } from '../../src/store/sessions.ts'

export interface SignedIn {
  readonly token: string
  /** As a browser sends them with a call. */
  readonly headers: Readonly<Record<string, string>>
}

export async function signedIn(databaseUrl: string, email: string): Promise<SignedIn> {
  const database = openDatabase({ url: databaseUrl, log: openLog('silent') })
  try {
    const account = await findAccount(database, email as AddressKey)
    if (account === null) throw new Error(`nobody has the address ${email}`)
    const wanted = { way: 'password', clientAddress: '127.0.0.1', userAgent: null } as const
    const { token } = await asAccount(database, account.ref, async (sql) => await createSession(sql, account.ref, wanted))
    return { token, headers: { cookie: `leadpost=${token}`, 'x-csrf-token': csrfTokenOf(token) } }
  } finally {
    await database.close()
  }
}

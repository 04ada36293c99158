/** `leadpost user`: a tenant's people as far as signing in goes. People themselves come with `load`. */
import { text } from 'node:stream/consumers'
import { checkNewPassword } from '../accounts/password-rules.ts'
import { hashPassword, passwordCharactersMin } from '../accounts/passwords.ts'
import { PermanentFailure } from '../failure.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import type { Database } from '../store/database.ts'
import { findUserForSignIn } from '../store/host-names.ts'
import { listTenants } from '../store/tenants.ts'
import { listUsers, setPasswordHash, setUserDisabled } from '../store/users.ts'
import { withStore } from './reach-store.ts'
import { inviteOrReset } from './user-link.ts'
import { UsageError, type Verb, type VerbCall } from './verb.ts'

export const user: Verb = {
  name: 'user',
  summary: 'people: who there is, inviting them, their passwords, whether they may sign in',
  usage: [
    'user list --tenant SLUG',
    'user invite --tenant SLUG --role admin|reviewer|salesperson [--name NAME] EMAIL',
    'user reset EMAIL',
    'user password EMAIL --password-stdin',
    'user password EMAIL --none',
    'user disable EMAIL',
    'user enable EMAIL',
  ],
  details: [
    'People are made and changed with load, or invited: invite and reset print a link that works once, and mail it where OUTBOX_URL is set.',
    'A user with a password may send mail from anywhere, over TLS, for his own tenant.',
    'A disabled user cannot sign in; his mail from a trusted network still counts.',
  ],
  options: {
    tenant: { type: 'string', value: 'SLUG', help: 'the tenant (list, invite)' },
    role: { type: 'string', value: 'ROLE', help: 'what he may do (invite): admin, reviewer or salesperson' },
    name: { type: 'string', value: 'NAME', help: 'his name (invite); without it, his address' },
    'password-stdin': { type: 'boolean', help: `read the password from standard input (${passwordCharactersMin} characters or more)` },
    none: { type: 'boolean', help: 'take the password away' },
  },
  logs: 'warnings',
  async run(call) {
    const [what, email, ...more] = call.positionals
    if (what === 'list' && email === undefined) return list(call)
    if (email === undefined || more.length > 0) throw new UsageError(`user does not know "${call.positionals.join(' ')}"`)
    if (what === 'invite' || what === 'reset') return inviteOrReset(call, readEmail(email), what)
    if (what === 'password') return changePassword(call, readEmail(email))
    if (what === 'disable' || what === 'enable') return changeDisabled(call, readEmail(email), what === 'disable')
    throw new UsageError(`user does not know "${what ?? ''}"`)
  },
}

async function list({ options, config, log, output, json }: VerbCall): Promise<number> {
  const tenant = options.required('tenant')
  const users = await withStore(config, log, (store) => listUsers(store.database, tenant))
  if (json)
    output.json({
      tenant,
      users: users.map(({ email, name, role, hasPassword, disabled }) => ({ email, name, role, hasPassword, disabled })),
    })
  else {
    const rows = users.map((row) => [row.email, row.name, row.role, row.hasPassword ? 'yes' : 'no', row.disabled ? 'disabled' : ''])
    output.table(['address', 'name', 'role', 'password', ''], rows)
  }
  return 0
}

async function changePassword({ options, config, log, output, json }: VerbCall, email: AddressKey): Promise<number> {
  const takesAway = options.has('none')
  if (takesAway === options.has('password-stdin')) throw new UsageError('give --password-stdin or --none')
  const passwordHash = takesAway ? null : await hashNew((await text(process.stdin)).replace(/\r?\n$/, ''), email)
  await withStore(config, log, async ({ database }) => setPasswordHash(database, await tenantOf(database, email), email, passwordHash))
  if (json) output.json({ email, hasPassword: !takesAway })
  else output.line(takesAway ? `${email} has no password any more.` : `The password of ${email} is set.`)
  return 0
}

async function changeDisabled({ config, log, output, json }: VerbCall, email: AddressKey, disabled: boolean): Promise<number> {
  await withStore(config, log, async ({ database }) => setUserDisabled(database, await tenantOf(database, email), email, disabled))
  if (json) output.json({ email, disabled })
  else output.line(`${email} ${disabled ? 'can no longer sign in' : 'can sign in again'}.`)
  return 0
}

async function hashNew(password: string, email: AddressKey): Promise<string> {
  await checkNewPassword(password, [email])
  return await hashPassword(password)
}

function readEmail(written: string): AddressKey {
  const email = addressKey(written)
  if (email === null) throw new UsageError(`"${written}" is not a mail address`)
  return email
}

/** Users are unique across the installation, so the address tells the tenant. */
async function tenantOf(database: Database, email: AddressKey): Promise<string> {
  const found = await findUserForSignIn(database, email)
  const tenants = found === null ? [] : await listTenants(database)
  const tenant = tenants.find((candidate) => candidate.id === found?.tenantId)
  if (tenant === undefined) throw new PermanentFailure('notFound', `there is no user ${email}; people are made with load`)
  return tenant.slug
}

/** `leadpost user invite` and `user reset`: links for a tenant's people, printed, and mailed where OUTBOX_URL is set. */
import { createResetLink, inviteUser, type LinkForUser } from '../accounts/links.ts'
import { userRoles, type UserRole } from '../crm/policy.ts'
import { PermanentFailure } from '../failure.ts'
import type { AddressKey } from '../mail/address.ts'
import { readProfile, type AccountRef } from '../store/accounts.ts'
import type { Database } from '../store/database.ts'
import { findUserForSignIn } from '../store/host-names.ts'
import { findTenantId } from '../store/tenants.ts'
import { linkUrl, mailLink, untilWords } from './page-links.ts'
import { withStore } from './reach-store.ts'
import { UsageError, type VerbCall } from './verb.ts'

export async function inviteOrReset(call: VerbCall, email: AddressKey, what: 'invite' | 'reset'): Promise<number> {
  const { config, log, output, json } = call
  const wanted = what === 'invite' ? readInvitation(call) : null
  const answer = await withStore(config, log, async ({ database }, running) => {
    const made = wanted === null ? await reset(database, email) : await invite(database, email, wanted)
    const url = linkUrl(config, running?.http ?? null, made.link.token)
    const profile = await readProfile(database, made.ref)
    const mailed = await mailLink(config, log, {
      kind: what === 'invite' ? 'invitation' : 'passwordReset',
      email,
      name: made.user.name,
      company: profile?.tenant?.name ?? null,
      by: profile?.tenant?.name ?? 'Leadpost',
      link: url,
      language: profile?.locale ?? profile?.tenant?.locale ?? 'en',
      timeZone: profile?.timeZone ?? profile?.tenant?.timeZone ?? 'UTC',
      expiresAt: made.link.expiresAt,
    })
    return { tenant: profile?.tenant?.slug ?? '', role: made.user.role, url, link: made.link, mailed }
  })
  const { tenant, role, url, link, mailed } = answer
  if (json) output.json({ email, tenant, role, link: url, expiresAt: link.expiresAt.toISOString(), mailed })
  else {
    output.line(url)
    output.say(`It works once, until ${untilWords(link)}.${mailed ? ` It was mailed to ${email}.` : ''}`)
  }
  return 0
}

interface Wanted {
  readonly tenant: string
  readonly role: UserRole
  readonly name: string | null
}

function readInvitation({ options }: VerbCall): Wanted {
  const role = userRoles.find((each) => each === options.required('role'))
  if (role === undefined) throw new UsageError(`--role is one of ${userRoles.join(', ')}`)
  return { tenant: options.required('tenant'), role, name: options.text('name') }
}

type Made = LinkForUser & { readonly ref: AccountRef }

async function invite(database: Database, email: AddressKey, { tenant, role, name }: Wanted): Promise<Made> {
  const tenantId = await findTenantId(database, tenant)
  const made = await inviteUser(database, tenantId, { email, name: name ?? email, role, actor: 'operator' })
  return { ...made, ref: { kind: 'user', tenantId, id: made.user.id } }
}

async function reset(database: Database, email: AddressKey): Promise<Made> {
  const found = await findUserForSignIn(database, email)
  if (found === null) throw new PermanentFailure('notFound', `There is no user ${email}; people are made with load, or with user invite`)
  const { tenantId, userId } = found
  return { ...(await createResetLink(database, tenantId, userId, 'operator')), ref: { kind: 'user', tenantId, id: userId } }
}

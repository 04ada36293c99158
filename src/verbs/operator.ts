/** `leadpost operator`: whoever runs the installation, by way of the page. Whoever uses this command line is one already. */
import { createOwnResetLink, inviteOperator } from '../accounts/links.ts'
import { PermanentFailure } from '../failure.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'
import { findAccount, readProfile } from '../store/accounts.ts'
import { listOperators, setOperatorDisabled } from '../store/operators.ts'
import { linkUrl, mailLink, untilWords } from './page-links.ts'
import { withStore } from './reach-store.ts'
import { UsageError, type Verb, type VerbCall } from './verb.ts'

export const operator: Verb = {
  name: 'operator',
  summary: 'who runs the installation: invite, list, disable',
  usage: [
    'operator list',
    'operator invite EMAIL [--name NAME]',
    'operator reset EMAIL',
    'operator disable EMAIL',
    'operator enable EMAIL',
  ],
  details: [
    'invite and reset print a link that works once, and mail it where OUTBOX_URL is set.',
    'Operators belong to no tenant: they see where every mail stands, and no content.',
  ],
  options: { name: { type: 'string', value: 'NAME', help: 'his name (invite)' } },
  logs: 'warnings',
  async run(call) {
    const [what, written, ...more] = call.positionals
    if (what === 'list' && written === undefined) return await list(call)
    if (written === undefined || more.length > 0) throw new UsageError(`operator does not know "${call.positionals.join(' ')}"`)
    const email = addressKey(written)
    if (email === null) throw new UsageError(`"${written}" is not a mail address`)
    if (what === 'invite' || what === 'reset') return await link(call, email, what)
    if (what === 'disable' || what === 'enable') return await change(call, email, what === 'disable')
    throw new UsageError(`operator does not know "${what ?? ''}"`)
  },
}

async function list({ config, log, output, json }: VerbCall): Promise<number> {
  const operators = await withStore(config, log, ({ database }) => listOperators(database))
  if (json) output.json({ operators: operators.map(({ id: _id, ...shown }) => shown) })
  else {
    const rows = operators.map((row) => [row.email, row.name, row.disabled ? 'disabled' : row.invited ? 'invited' : ''])
    output.table(['address', 'name', ''], rows)
  }
  return 0
}

async function link({ options, config, log, output, json }: VerbCall, email: AddressKey, what: 'invite' | 'reset'): Promise<number> {
  const answer = await withStore(config, log, async ({ database }, running) => {
    const name = options.text('name') ?? email
    const made = what === 'invite' ? await inviteOperator(database, { email, name }) : await reset(database, email)
    const account = await findAccount(database, email)
    const profile = account === null ? null : await readProfile(database, account.ref)
    const url = linkUrl(config, running?.http ?? null, made.token)
    const mailed = await mailLink(config, log, {
      kind: what === 'invite' ? 'invitation' : 'passwordReset',
      email,
      name: profile?.name ?? name,
      company: null,
      by: 'Leadpost',
      link: url,
      language: profile?.locale ?? 'en',
      timeZone: profile?.timeZone ?? 'UTC',
      expiresAt: made.expiresAt,
    })
    return { email, link: url, expiresAt: made.expiresAt.toISOString(), mailed, until: untilWords(made) }
  })
  const { until, ...document } = answer
  if (json) output.json(document)
  else {
    output.line(answer.link)
    output.say(`It works once, until ${until}.${answer.mailed ? ` It was mailed to ${email}.` : ''}`)
  }
  return 0
}

async function reset(database: Parameters<typeof findAccount>[0], email: AddressKey): ReturnType<typeof createOwnResetLink> {
  const account = await findAccount(database, email)
  if (account?.ref.kind !== 'operator' || account.disabled)
    throw new PermanentFailure('notFound', `There is no operator ${email}, or he is disabled; see operator list`)
  return await createOwnResetLink(database, account)
}

async function change({ config, log, output, json }: VerbCall, email: AddressKey, disabled: boolean): Promise<number> {
  const found = await withStore(config, log, ({ database }) => setOperatorDisabled(database, email, disabled))
  if (!found) throw new PermanentFailure('notFound', `There is no operator ${email}; see operator list`)
  if (json) output.json({ email, disabled })
  else output.line(`${email} ${disabled ? 'can no longer sign in' : 'can sign in again'}.`)
  return 0
}

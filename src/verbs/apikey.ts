/** `leadpost apikey`: keys with which other programs use the HTTP API. */
import { apiKeyRoles, type ApiKeyRole } from '../crm/policy.ts'
import { createApiKey, listApiKeys, revokeApiKey } from '../store/api-keys.ts'
import { withStore } from './reach-store.ts'
import { readAuthservId } from './read-authserv-id.ts'
import { UsageError, type Verb, type VerbCall } from './verb.ts'

const dayMs = 24 * 3_600_000
const expiryDaysMax = 3_650
const nameCharactersMax = 200

export const apikey: Verb = {
  name: 'apikey',
  summary: 'keys for the HTTP API: make one, see which there are, revoke one',
  usage: [
    `apikey create --tenant SLUG --role ${apiKeyRoles.join('|')} [--name TEXT] [--expires-in-days N] [--trusted-authserv-id NAME]`,
    'apikey list [--tenant SLUG]',
    'apikey revoke ID',
  ],
  details: [
    'A key acts for its tenant alone, with the rights of its role; submit may hand mail in and read nothing. It is shown once, when it is made: only its',
    'hash is kept. A revoked key is refused from the next call on.',
    'Mail that is handed in with a key may become that tenant’s alone. A key says nothing of who wrote it: a signature of the author’s domain does, or the',
    'server that --trusted-authserv-id names. Name one only where all mail that comes with the key went through it.',
  ],
  options: {
    tenant: { type: 'string', value: 'SLUG', help: 'the tenant' },
    role: { type: 'string', value: 'ROLE', help: `what the key may do: ${apiKeyRoles.join(', ')} (apikey create)` },
    name: { type: 'string', value: 'TEXT', help: 'what it is for, so that you know it in the list (apikey create)' },
    'expires-in-days': {
      type: 'string',
      value: 'N',
      help: 'it counts no more after so many days; without, until it is revoked (apikey create)',
    },
    'trusted-authserv-id': { type: 'string', value: 'NAME', help: 'the server whose Authentication-Results are believed (apikey create)' },
  },
  logs: 'warnings',
  async run(call) {
    const [what, id, ...more] = call.positionals
    if (what === 'create' && id === undefined) return create(call)
    if (what === 'list' && id === undefined) return list(call)
    if (what === 'revoke' && id !== undefined && more.length === 0) return revoke(call, id)
    if (what === 'revoke' && id === undefined) throw new UsageError('apikey revoke takes the ID of a key; apikey list shows it')
    throw new UsageError(`apikey does not know "${call.positionals.join(' ')}"`)
  },
}

async function create({ options, config, log, output, json }: VerbCall): Promise<number> {
  const tenant = options.required('tenant')
  const role = readRole(options.required('role'))
  const name = readPurpose(options.text('name'))
  const days = options.number('expires-in-days', 0, 1, expiryDaysMax)
  const expiresAt = days === 0 ? null : new Date(Date.now() + days * dayMs)
  const trustedAuthservId = readAuthservId(options.text('trusted-authserv-id'))
  const { id, key } = await withStore(config, log, ({ database }) =>
    createApiKey(database, tenant, { role, name, expiresAt, trustedAuthservId, actor: 'operator' }),
  )
  if (json) output.json({ id, key, tenant, role, name, expiresAt: expiresAt?.toISOString() ?? null, trustedAuthservId })
  else {
    output.line(key)
    output.say(`This is the key ${id} of the tenant "${tenant}", role ${role}. Keep it now: it is not shown again.`)
  }
  return 0
}

function readRole(written: string): ApiKeyRole {
  const role = apiKeyRoles.find((each) => each === written)
  if (role === undefined) throw new UsageError(`--role is "${written}"; it may be one of ${apiKeyRoles.join(', ')}`)
  return role
}

function readPurpose(written: string | null): string | null {
  const name = written?.trim() ?? ''
  if (name.length > nameCharactersMax) throw new UsageError(`--name is too long; it may have ${nameCharactersMax} characters`)
  // A null character is the one that the database refuses.
  if (name.includes('\0')) throw new UsageError('--name holds a null character')
  return name === '' ? null : name
}

async function list({ options, config, log, output, json }: VerbCall): Promise<number> {
  const tenant = options.text('tenant')
  const keys = await withStore(config, log, ({ database }) => listApiKeys(database, tenant))
  if (json) output.json({ tenant, keys })
  else {
    const rows = keys.map((key) => [key.id, key.tenant, key.role, key.name ?? '', key.state, key.createdAt, key.expiresAt ?? ''])
    output.table(['id', 'tenant', 'role', 'for', '', 'made', 'expires'], rows)
  }
  return 0
}

async function revoke({ config, log, output, json }: VerbCall, id: string): Promise<number> {
  const isNew = await withStore(config, log, ({ database }) => revokeApiKey(database, id, 'operator'))
  if (json) output.json({ id, revoked: true })
  else output.line(isNew ? `The key ${id} is revoked.` : `The key ${id} was revoked before.`)
  return 0
}

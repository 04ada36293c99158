/**
 * The API over real HTTP: the whole program in this process, on a database of its own with the world of the fixtures in it, and every call by its
 * name, typed by the contract.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CallName, calls } from '../../src/api/calls.ts'
import { type CallAnswer, type CallShapes, contract, type SentBody, type SentParams, type SentQuery } from '../../src/api/contract.ts'
import { readConfig, type Config } from '../../src/config.ts'
import type { ApiKeyRole } from '../../src/crm/policy.ts'
import { apiPrefix } from '../../src/http/api-call.ts'
import { csrfTokenOf } from '../../src/http/session-cookie.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import { readTenantsFile } from '../../src/leads/read-tenants-file.ts'
import { openLog } from '../../src/log.ts'
import { openProgram, type Program } from '../../src/main.ts'
import { asAccount, findAccount } from '../../src/store/accounts.ts'
import { createApiKey } from '../../src/store/api-keys.ts'
import { createSession } from '../../src/store/sessions.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { openDnsZone } from '../../src/verbs/dns-zone.ts'
import { readStoryZone } from '../../src/verbs/stories.ts'
import { storyEnvironment } from '../../src/verbs/story-sender.ts'
import { checkAnswer, type Schemas } from './openapi.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'

/** Header fields that say who asks; `nobody` has none. */
export type As = Readonly<Record<string, string>>
export const nobody: As = {}

type Part<Name extends CallName, Key extends string, Sent> =
  (typeof contract)[Name] extends Record<Key, unknown> ? Record<Key, Sent> : unknown
/** What a call takes, by its contract: `params`, `query` and `body`, each where it has one. */
export type Sent<Name extends CallName> = Part<Name, 'params', SentParams<Name>> &
  Partial<Part<Name, 'query', SentQuery<Name>>> &
  Part<Name, 'body', SentBody<Name>>

/** Unchecked: for tests that send what does not fit. */
export interface Anything {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

export interface Asked {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown
}

export interface TestApi {
  readonly program: Program
  readonly config: Config
  readonly database: TestDatabase
  readonly url: string
  /** The OpenAPI document. */
  readonly document: Schemas
  readonly smtp: { readonly host: string; readonly port: number }
  /** As a key of that role, of the tenant `xyz` where none is named. */
  as(role: ApiKeyRole | 'operator', tenant?: string): Promise<As>
  /** As a person who has just signed in with a password: a user of any tenant, or an operator, by his address. */
  signedIn(email: string): Promise<As>
  /** Makes a call that should work, checks its answer against the contract and hands it out. Throws with the problem where it did not work. */
  call<Name extends CallName>(name: Name, sent: Sent<Name>, as: As): Promise<CallAnswer<Name>>
  /** Makes a call, whatever comes of it. */
  ask(name: CallName, sent: Anything, as: As): Promise<Asked>
  close(): Promise<void>
}

/** @param environment over what the tests take: free ports, a fresh folder, the zone of the fixtures, no limit to requests. */
export async function openTestApi(environment: Readonly<Record<string, string>> = {}): Promise<TestApi> {
  const dataDir = await mkdtemp(join(tmpdir(), 'leadpost-api-'))
  const dns = await openDnsZone(readStoryZone())
  const database = await openTestDatabase()
  const config = readConfig({
    DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    SMTP_PORT: '0',
    HTTP_PORT: '0',
    STOP_TIMEOUT_S: '5',
    API_REQUESTS_PER_MINUTE: '1000000',
    ...storyEnvironment(dns.server),
    ...environment,
  })
  const program = await openProgram(config, openLog('silent'))
  const [smtp] = program.smtp
  if (smtp === undefined) throw new Error('the program does not listen for mail')
  await storeTenants(program.store.database, readTenantsFile(await readFile('fixtures/world.json', 'utf8')).tenants)
  const { token } = JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')) as { token: string }
  const keys = new Map<string, Promise<string>>()

  async function keyOf(role: ApiKeyRole, tenant: string): Promise<string> {
    const { key } = await createApiKey(program.store.database, tenant, { role, name: null, expiresAt: null, actor: 'operator' })
    return key
  }
  const document = (await (await fetch(new URL('/api/docs/openapi.json', program.http))).json()) as Schemas
  const ask: TestApi['ask'] = async (name, sent, as) => {
    const asked = await askAt(program.http, name, sent, as)
    // Every answer of every test is held against the document.
    checkAnswer(document, name, asked)
    return asked
  }

  return {
    program,
    config,
    database,
    url: program.http,
    document,
    smtp,
    async as(role, tenant = 'xyz') {
      if (role === 'operator') return { authorization: `Bearer ${token}` }
      const name = `${role} ${tenant}`
      if (!keys.has(name)) keys.set(name, keyOf(role, tenant))
      return { authorization: `Bearer ${(await keys.get(name)) ?? ''}` }
    },
    async signedIn(email) {
      const account = await findAccount(program.store.database, email as AddressKey)
      if (account === null) throw new Error(`nobody has the address ${email}`)
      const { token } = await asAccount(
        program.store.database,
        account.ref,
        async (sql) => await createSession(sql, account.ref, { way: 'password', clientAddress: '127.0.0.1', userAgent: null }),
      )
      return { cookie: `leadpost=${token}`, 'x-csrf-token': csrfTokenOf(token) }
    },
    async call(name, sent, as) {
      const { status, body } = await ask(name, sent, as)
      if (status >= 300) throw new Error(`${name} answered ${String(status)}: ${JSON.stringify(body)}`)
      return (contract[name] as CallShapes).answer.parse(body) as CallAnswer<typeof name>
    },
    ask,
    async close() {
      await program.close()
      await database.close()
      await dns.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

async function askAt(url: string, name: CallName, { params = {}, query = {}, body }: Anything, as: As): Promise<Asked> {
  const { method, path } = calls[name]
  const filled = path.replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(textOf(params[part] ?? `:${part}`)))
  const target = new URL(apiPrefix + filled, url)
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) target.searchParams.append(key, String(one))
  }
  const response = await fetch(target, {
    method,
    redirect: 'manual',
    headers: { ...as, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
    // It does not end by itself.
    await response.body?.cancel()
    return { status: response.status, headers: response.headers, body: '' }
  }
  const text = await response.text()
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
}

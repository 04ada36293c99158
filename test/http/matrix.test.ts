/**
 * Every call of the API, made by everybody: whoever may make it is not turned away, whoever may not is; and nothing of another tenant is found by
 * anybody, whether it is named in the path, the query or the body, nor changed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashPassword } from '../../src/accounts/passwords.ts'
import { type CallName, calls, type Role } from '../../src/api/calls.ts'
import { newId } from '../../src/id.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import { createOperator } from '../../src/store/operators.ts'
import { type Seed, seedTenant } from '../store/seed.ts'
import { type Anything, type As, type Asked, nobody, openTestApi, type TestApi } from '../support/api.ts'
import { type Ids, password, uses } from './matrix-calls.ts'

const names = Object.keys(calls) as CallName[]
const people = ['operator', 'admin', 'reviewer', 'salesperson'] as const
type Who = Role | 'nobody'
const everybody: readonly Who[] = [...people, 'submit', 'nobody']

let api: TestApi
let ours: Ids
let theirs: Ids
let theirTenant: string
let before: string

beforeAll(async () => {
  // Neither worker nor watcher, which would write into everybody's rows by themselves.
  api = await openTestApi({ ROLES: 'smtp,web' })
  const hash = await hashPassword(password)
  ours = await idsOf(await seedTenant(api.database, 'ours'), hash)
  const foreign = await seedTenant(api.database, 'theirs')
  theirTenant = foreign.tenant
  theirs = await idsOf(foreign, hash, '77777')
  await api.program.store.database.routerSql((sql) => createOperator(sql, { email: 'olga@operator.example' as AddressKey, name: 'Olga' }))
  await api.database.owner('UPDATE operator_account SET password_hash = $1', [hash])
  before = await everythingOf(theirTenant)
}, 60_000)
afterAll(() => api.close())

async function idsOf(seed: Seed, hash: string, number = '11111'): Promise<Ids> {
  const { tenant, slug } = seed
  const owner = async (text: string, ...values: unknown[]): Promise<void> => void (await api.database.owner(text, [tenant, ...values]))
  await owner('UPDATE lead SET number = $2 WHERE tenant_id = $1', number)
  await owner(`UPDATE never_log_rule SET pattern = $2 WHERE tenant_id = $1`, `${slug}-lawyer.example`)
  await owner(`INSERT INTO host_claim (tenant_id, name, token) VALUES ($1, $2, 'other')`, `other.${slug}.example`)
  for (const role of ['admin', 'reviewer'])
    await owner(
      `INSERT INTO user_account (tenant_id, id, email, name, role) VALUES ($1, $2, $3, $4, $4)`,
      newId(),
      `${role}@${slug}.example`,
      role,
    )
  await owner('UPDATE user_account SET password_hash = $2 WHERE tenant_id = $1', hash)
  await owner('UPDATE user_account SET version = 1 WHERE tenant_id = $1')
  const idIn = async (table: string): Promise<string> =>
    (await api.database.owner<{ id: string }>(`SELECT id FROM ${table} WHERE tenant_id = $1`, [tenant]))[0]?.id ?? ''
  return {
    tenant: slug,
    lead: number,
    company: seed.company,
    person: seed.contactPerson,
    user: seed.user,
    email: `anna@${slug}.example`,
    mail: seed.mail,
    entry: seed.historyEntry,
    confirmation: seed.confirmation,
    message: seed.message,
    mailbox: await idIn('mailbox'),
    apiKey: await idIn('api_key'),
    task: await idIn('task'),
    host: `${slug}.example`,
    otherHost: `other.${slug}.example`,
    neverLog: `${slug}-lawyer.example`,
  }
}

/** Every row of a tenant, as text. */
async function everythingOf(tenant: string): Promise<string> {
  const tables = await api.database.owner<{ table_name: string }>(
    `SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND c.column_name = 'tenant_id' AND t.table_type = 'BASE TABLE' ORDER BY 1`,
  )
  const parts: string[] = []
  for (const { table_name: table } of tables) {
    const rows = await api.database.owner<{ row: string }>(`SELECT t::text AS row FROM ${table} t WHERE tenant_id = $1 ORDER BY 1`, [
      tenant,
    ])
    parts.push(table, ...rows.map(({ row }) => row))
  }
  const own = await api.database.owner<{ row: string }>('SELECT t::text AS row FROM tenant t WHERE id = $1', [tenant])
  return [...parts, ...own.map(({ row }) => row)].join('\n')
}

/** As one of our own people, newly signed in: some calls end the session that they are made in. */
async function as(who: Who, name: CallName): Promise<As> {
  if (who === 'nobody') return nobody
  // Mail is handed in with keys alone.
  if (who === 'submit' || (name === 'submitMessage' && who !== 'operator')) return await api.as(who, 'ours')
  const emails = {
    operator: 'olga@operator.example',
    admin: 'admin@ours.example',
    reviewer: 'reviewer@ours.example',
    salesperson: 'anna@ours.example',
  }
  return await api.signedIn(emails[who])
}

async function make(name: CallName, sent: Anything, by: As): Promise<Asked> {
  if (name !== 'submitMessage') return await api.ask(name, sent, by)
  const response = await fetch(new URL('/api/v1/messages?rcptTo=crm@localhost', api.url), {
    method: 'POST',
    headers: { ...by, 'content-type': 'message/rfc822' },
    body: 'From: anna@ours.example\r\nTo: crm@localhost\r\nSubject: 11111\r\n\r\nx\r\n',
  })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

function mayMake(who: Who, name: CallName): boolean {
  const { allow } = calls[name]
  return allow === 'anyone' || (who !== 'nobody' && (allow as readonly Role[]).includes(who))
}

/** Which ids a use names, and where: in the query alone they select, elsewhere they refer. */
function namedIn(name: CallName): { readonly key: keyof Ids; readonly selects: boolean }[] {
  const read = new Set<keyof Ids>()
  const watched = new Proxy(ours, {
    get(ids, key) {
      read.add(key as keyof Ids)
      return ids[key as keyof Ids]
    },
  })
  const sent = uses[name](watched)
  return [...read].map((key) => {
    const { query: _, ...rest } = sent
    return { key, selects: !JSON.stringify(rest).includes(JSON.stringify(ours[key])) }
  })
}

test('no call is left out', () => {
  expect(Object.keys(uses).toSorted()).toEqual(names.toSorted())
})

describe('who may not is turned away', () => {
  test.each(names.filter((name) => calls[name].allow !== 'anyone'))('%s', async (name) => {
    for (const who of everybody.filter((each) => !mayMake(each, name))) {
      const { status } = await make(name, uses[name](ours), await as(who, name))
      expect([who, status]).toEqual([who, who === 'nobody' || (name === 'submitMessage' && who === 'operator') ? 401 : 403])
    }
  })
})

describe('what is another tenant’s is not found', () => {
  test.each(names.filter((name) => calls[name].path.includes(':tenant') && calls[name].allow !== 'anyone'))(
    '%s, by its slug',
    async (name) => {
      for (const who of everybody.filter((each) => each !== 'operator' && mayMake(each, name))) {
        for (const ids of [theirs, { ...ours, tenant: theirs.tenant }, { ...ours, tenant: 'no-such-tenant' }]) {
          const { status } = await make(name, uses[name](ids), await as(who, name))
          expect([who, ids.tenant, status]).toEqual([who, ids.tenant, 404])
        }
      }
    },
  )

  const referring = names.filter((name) => calls[name].allow !== 'anyone')
  test.each(referring)('%s, by its ids', async (name) => {
    for (const { key, selects } of namedIn(name).filter((named) => named.key !== 'tenant' || name === 'listMessages')) {
      for (const who of everybody.filter((each) => each !== 'operator' && mayMake(each, name))) {
        const { status, body } = await make(name, uses[name]({ ...ours, [key]: theirs[key] }), await as(who, name))
        const answer = JSON.stringify(body)
        if (name === 'answerConfirmations' && status === 200) {
          // Each by itself.
          expect((body as { results: { settled: boolean }[] }).results.map(({ settled }) => settled)).toEqual([false])
        } else if (selects && status === 200) {
          for (const other of Object.values(theirs)) expect(answer, `${who} ${key}`).not.toContain(other)
        } else expect([who, key, status, answer.slice(0, 200)]).toEqual([who, key, 404, answer.slice(0, 200)])
      }
    }
  })

  test('an id that nobody has is answered alike', async () => {
    const words = async (id: string): Promise<string> => {
      const { status, body } = await make('readLead', { params: { tenant: 'ours', number: id } }, await as('admin', 'readLead'))
      return `${String(status)} ${JSON.stringify(body).replaceAll(id, 'ID')}`
    }
    expect(await words('77777')).toBe(await words('66666'))
    const company = async (id: string): Promise<string> => {
      const { status, body } = await make('readCompany', { params: { tenant: 'ours', id } }, await as('admin', 'readCompany'))
      return `${String(status)} ${JSON.stringify(body).replaceAll(id, 'ID')}`
    }
    expect(await company(theirs.company)).toBe(await company(newId()))
  })

  test('and is as it was', async () => {
    expect(await everythingOf(theirTenant)).toBe(before)
  })
})

/** Where the call itself answers so to somebody who may make it: a password or a link that is not right, a mail that somebody else captured. */
const refusesByItself: readonly CallName[] = ['signIn', 'useLink', 'readLink', 'startOidc', 'finishOidc', 'setEntryPrivate']

describe('who may is let in', () => {
  // In the order of the table, which reads before it removes.
  test.each(names)('%s', async (name) => {
    for (const who of everybody.filter((each) => mayMake(each, name))) {
      const { status, body } = await make(name, uses[name](ours), await as(who, name))
      const told = `${who}: ${JSON.stringify(body).slice(0, 300)}`
      if (!refusesByItself.includes(name)) expect([401, 403], told).not.toContain(status)
      expect(status, told).toBeLessThan(500)
    }
  })

  test('and what is another tenant’s is still as it was', async () => {
    expect(await everythingOf(theirTenant)).toBe(before)
  })
})

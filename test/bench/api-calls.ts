/** What people ask the API all day, at a tenant of years: each kind of call with values that differ from time to time. */
import type { TestDatabase } from '../support/database.ts'
import { type BigOffice, wordAt } from './big-office.ts'

export type Headers = Readonly<Record<string, string>>
export interface Callers {
  readonly reviewer: Headers
  readonly salesperson: Headers
  readonly admin: Headers
  readonly operator: Headers
}

/** One kind of call. `path` is below the tenant, or below the API where it begins with two slashes; made anew for each time it is asked. */
export interface Asked {
  readonly what: string
  readonly as: keyof Callers
  readonly path: (n: number) => string
}

type Get = (path: string) => Promise<unknown>
type Pick = (n: number) => string
const samplesMax = 500
/** Pages behind the first that are asked for. */
const pagesMax = 60

export async function askedOf(db: TestDatabase, big: BigOffice, get: Get): Promise<Asked[]> {
  const sampled = async (table: string, column: string, more = ''): Promise<Pick> => {
    const text = `SELECT ${column}::text AS one FROM ${table} t WHERE tenant_id = $1 ${more} ORDER BY hashtext(t.id::text) LIMIT ${String(samplesMax)}`
    return picked((await db.owner<{ one: string }>(text, [big.tenant])).map(({ one }) => one))
  }
  const seen: Seen = {
    big,
    companies: await sampled('company', 'id'),
    persons: await sampled('contact_person', 'id'),
    personNames: await sampled('contact_person', 'name'),
    numbers: await sampled('lead', 'number'),
    leadNames: await sampled('lead', 'name'),
    open: await sampled('confirmation', 'id', 'AND settled_at IS NULL'),
    entries: await sampled('history_entry', 'id'),
  }
  return [
    ...confirming(seen, await pagesOf(get, '/confirmations?')),
    ...reading(seen, {
      ofLead: await pagesOf(get, `/leads/${big.bigLead}/history?order=newest&brief=true`),
      recent: await pagesOf(get, '/history?'),
    }),
    ...typing(seen),
    ...searching(seen),
    ...minding(seen),
  ]
}

interface Seen {
  readonly big: BigOffice
  readonly companies: Pick
  readonly persons: Pick
  readonly personNames: Pick
  readonly numbers: Pick
  readonly leadNames: Pick
  readonly open: Pick
  readonly entries: Pick
}

function picked(all: readonly string[]): Pick {
  return (n) => all[(n * 7) % all.length] ?? ''
}

const words = (first: number, last: number): Pick => picked(Array.from({ length: last - first }, (_, n) => wordAt(first + n)))
const common = words(0, 20)
const middling = words(100, 300)
const rare = words(15_000, 15_300)
const url = encodeURIComponent

/** The `after` of the pages of a list, from its second on. */
async function pagesOf(get: Get, path: string): Promise<Pick> {
  const afters: string[] = []
  let after: string | undefined
  do {
    const page = (await get(after === undefined ? path : `${path}&after=${url(after)}`)) as { readonly next?: string }
    after = page.next
    if (after !== undefined) afters.push(`${path}&after=${url(after)}`)
  } while (after !== undefined && afters.length < pagesMax)
  return picked(afters.length > 0 ? afters : [path])
}

function confirming({ big, open, numbers, leadNames }: Seen, pages: Pick): Asked[] {
  const list = (what: string, query: (n: number) => string, as: Asked['as'] = 'reviewer'): Asked => ({
    what: `listConfirmations${what}`,
    as,
    path: (n) => `/confirmations?${query(n)}`,
  })
  return [
    list('', () => ''),
    list(', newest first', () => 'order=newest'),
    { what: 'listConfirmations, further pages', as: 'reviewer', path: pages },
    list(', by reason', () => 'reason=ambiguous'),
    list(', by a reason that none has', () => 'reason=severalAuthors'),
    list(', by sender', (n) => `from=user${String(n % 40)}%40${big.slug}.example`),
    list(', by domain', (n) => `from=c${String(n)}.example`),
    list(', by lead', (n) => `lead=${numbers(n)}`),
    list(', search, common word', () => 'search=service'),
    list(', search, lead name', (n) => `search=${url(leadNames(n))}`),
    list(', search, nothing found', (n) => `search=nothing${String(n)}`),
    list(', settled', () => 'state=settled&order=newest'),
    list(', settled, search, lead name', (n) => `state=settled&order=newest&search=${url(leadNames(n))}`),
    list(', settled, search, nothing found', (n) => `state=settled&order=newest&search=nothing${String(n)}`),
    list(', his own', () => '', 'salesperson'),
    list(', settled, his own', () => 'state=settled&order=newest', 'salesperson'),
    { what: 'countConfirmations', as: 'reviewer', path: () => '/confirmations/count' },
    { what: 'countConfirmations, his own', as: 'salesperson', path: () => '/confirmations/count' },
    { what: 'readConfirmation', as: 'reviewer', path: (n) => `/confirmations/${open(n)}` },
    { what: 'listSiblings', as: 'reviewer', path: (n) => `/confirmations/${open(n)}/siblings` },
  ]
}

function reading({ big, companies, persons, entries, numbers }: Seen, { ofLead, recent }: { ofLead: Pick; recent: Pick }): Asked[] {
  const atLead = (what: string, query: string): Asked => ({
    what: `readHistory of the big lead${what}`,
    as: 'reviewer',
    path: () => `/leads/${big.bigLead}/history?order=newest${query}`,
  })
  return [
    atLead(', as a list', '&brief=true'),
    { what: 'readHistory of the big lead, further pages', as: 'reviewer', path: ofLead },
    atLead(', whole', ''),
    atLead(', with files', '&brief=true&files=true'),
    atLead(', internal (none)', '&brief=true&direction=internal'),
    { what: 'readHistory of any lead', as: 'reviewer', path: (n) => `/leads/${numbers(n)}/history?order=newest&brief=true` },
    { what: 'readLead, the big one', as: 'reviewer', path: () => `/leads/${big.bigLead}` },
    { what: 'readLead, any', as: 'reviewer', path: (n) => `/leads/${numbers(n)}` },
    { what: 'readEntry', as: 'reviewer', path: (n) => `/history/${entries(n)}` },
    { what: 'listRecentEntries', as: 'reviewer', path: () => '/history' },
    { what: 'listRecentEntries, further pages', as: 'reviewer', path: recent },
    { what: 'listRecentEntries, his own', as: 'salesperson', path: () => '/history?mine=true' },
    { what: 'readCompanyHistory', as: 'reviewer', path: (n) => `/companies/${companies(n)}/history?order=newest` },
    { what: 'readContactPersonHistory', as: 'reviewer', path: (n) => `/contact-persons/${persons(n)}/history?order=newest` },
    { what: 'readCompany', as: 'reviewer', path: (n) => `/companies/${companies(n)}` },
  ]
}

function typing({ numbers, leadNames }: Seen): Asked[] {
  const leads = (what: string, typed: (n: number) => string): Asked => ({
    what: `listLeads, ${what}`,
    as: 'reviewer',
    path: (n) => `/leads?limit=20&search=${url(typed(n))}`,
  })
  return [
    { what: 'listLeads', as: 'reviewer', path: () => '/leads' },
    leads('one letter', (n) => 'sgmlck'.charAt(n % 6)),
    leads('three letters', (n) => ['ser', 'web', 'gmb', 'pum', 'mai'][n % 5] ?? ''),
    leads('a number', (n) => numbers(n)),
    leads('the beginning of a number', (n) => numbers(n).slice(0, 2)),
    leads('a name', (n) => leadNames(n)),
    leads('two common words', (n) => ['website service', 'gmbh service', 'relaunch contract ag'][n % 3] ?? ''),
    leads('beginnings of three common words', (n) => ['w s g', 'se co gm', 'web ser a'][n % 3] ?? ''),
    leads('two common words that meet nowhere', (n) => `website zzz${String(n)}`),
    { what: 'listCompanies, two words', as: 'reviewer', path: () => '/companies?search=service%20gmbh' },
    { what: 'listContactPersons, one letter', as: 'reviewer', path: (n) => `/contact-persons?search=${'abmnw'.charAt(n % 5)}` },
    { what: 'listContactPersons, a name', as: 'reviewer', path: () => `/contact-persons?search=${url('jürgen mül')}` },
  ]
}

function searching({ big, leadNames, personNames }: Seen): Asked[] {
  const search = (what: string, q: (n: number) => string, more = ''): Asked => ({
    what: `search, ${what}`,
    as: 'reviewer',
    path: (n) => `/search?q=${url(q(n))}${more}`,
  })
  return [
    search('one mail', (n) => `mail${String((n * 997) % big.entries)}`),
    search('rare word', rare),
    search('common word', common),
    search('two common words', (n) => `${common(n)} ${common(n + 3)}`),
    search('two middling words', (n) => `${middling(n)} ${middling(n + 11)}`),
    search('common and rare', (n) => `${common(n)} ${rare(n)}`),
    search('beginning of two letters', (n) => rare(n).slice(0, 2)),
    search('beginning of three letters', (n) => rare(n).slice(0, 3)),
    search('lead name', leadNames),
    search('name', personNames),
    search('name with accents', (n) => ['Jürgen Müller', 'Łukasz Wójcik', 'Åsa Sjöström', 'נועה'][n % 4] ?? ''),
    search('address', (n) => `person${String(n)}@`),
    search('nothing found', (n) => `nothing${String(n)}`),
    search('common word at the big lead', common, `&lead=${big.bigLead}`),
    search('nothing found beside a common word', (n) => `${common(n)} nothing${String(n)}`),
  ]
}

function minding({ big }: Seen): Asked[] {
  return [
    { what: 'listAudit', as: 'admin', path: () => '/audit' },
    { what: 'listAudit, what people did', as: 'admin', path: () => '/audit?people=true' },
    { what: 'listAudit of one of them', as: 'admin', path: (n) => `/audit?actor=user${String(n % 40)}%40${big.slug}.example` },
    { what: 'listAudit, an act that none did', as: 'admin', path: () => '/audit?action=mailMadePrivate' },
    { what: 'readHealth', as: 'admin', path: () => '//health' },
    { what: 'readHealth', as: 'operator', path: () => '//health' },
    { what: 'listMessages', as: 'operator', path: () => '//messages' },
    { what: 'listMessages that failed', as: 'operator', path: () => '//messages?state=failed' },
    { what: 'listTenants', as: 'operator', path: () => '//tenants' },
  ]
}

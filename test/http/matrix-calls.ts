/** One plain use of every call of the API, for the test that walks them all. What it names of a tenant comes from `ids`, and from nowhere else. */
import type { CallName } from '../../src/api/calls.ts'
import type { Anything } from '../support/api.ts'

/** Something of a tenant of each kind; a reader of this cannot tell which tenant's. */
export interface Ids {
  /** Slug. */
  readonly tenant: string
  /** Number. */
  readonly lead: string
  readonly company: string
  readonly person: string
  readonly user: string
  readonly email: string
  readonly mail: string
  readonly entry: string
  readonly confirmation: string
  readonly message: string
  readonly mailbox: string
  readonly apiKey: string
  readonly task: string
  readonly host: string
  /** A claim that may go. */
  readonly otherHost: string
  readonly neverLog: string
}

let counted = 0
/** Not the same twice. */
const fresh = (): string => `x${String(++counted)}`
const token = 'A'.repeat(43)
const nobodysId = '01890000-0000-7000-8000-00000000abcd'

const inTenant = (ids: Ids): Anything => ({ params: { tenant: ids.tenant } })
const byId =
  (key: keyof Ids, more: (ids: Ids) => Anything = () => ({})) =>
  (ids: Ids): Anything => ({ params: { tenant: ids.tenant, id: ids[key] }, ...more(ids) })
const ofLead = (ids: Ids, more: Anything = {}): Anything => ({ params: { tenant: ids.tenant, number: ids.lead }, ...more })

/** Passwords of the people who walk: what they have, and what they get. */
export const password = 'seven green horses on a roof'
const nextPassword = 'nine yellow boats under a bridge'

export const uses: Readonly<Record<CallName, (ids: Ids) => Anything>> = {
  readSignInOptions: () => ({ body: { email: 'somebody@elsewhere.example' } }),
  signIn: () => ({ body: { email: 'somebody@elsewhere.example', password } }),
  readSession: () => ({}),
  signOut: () => ({}),
  listSessions: () => ({}),
  endSession: () => ({ params: { id: nobodysId } }),
  changePassword: () => ({ body: { current: password, next: nextPassword } }),
  requestPasswordReset: () => ({ body: { email: 'somebody@elsewhere.example' } }),
  readLink: () => ({ params: { token } }),
  useLink: () => ({ params: { token }, body: { password: nextPassword } }),
  startOidc: () => ({ params: { tenant: 'no-such-tenant' } }),
  finishOidc: () => ({ query: { state: token } }),
  updateProfile: () => ({ body: { locale: 'de' } }),

  submitMessage: () => ({ query: { rcptTo: 'crm@localhost' } }),
  listMessages: (ids) => ({ query: { tenant: ids.tenant } }),
  readMessage: (ids) => ({ params: { id: ids.message } }),
  readRawMessage: (ids) => ({ params: { id: ids.message } }),
  replayMessage: (ids) => ({ params: { id: ids.message } }),
  listFailedOffers: inTenant,
  retryFailedOffers: inTenant,
  sendProbe: (ids) => ({ ...inTenant(ids), body: { lead: ids.lead } }),

  listConfirmations: (ids) => ({ ...inTenant(ids), query: { lead: ids.lead } }),
  countConfirmations: inTenant,
  readConfirmation: byId('confirmation'),
  claimConfirmation: byId('confirmation', () => ({ body: {} })),
  releaseConfirmation: byId('confirmation'),
  answerConfirmation: byId('confirmation', (ids) => ({
    body: {
      kind: 'append',
      lead: ids.lead,
      newContactPersons: [{ address: `${fresh()}@new.example`, name: 'New', companyId: ids.company }],
      task: { title: 'Call', dueOn: null, assignee: ids.email },
    },
  })),
  undoAnswer: byId('confirmation'),
  listSiblings: byId('confirmation'),
  answerConfirmations: (ids) => ({ ...inTenant(ids), body: { ids: [ids.confirmation], answer: { kind: 'append', lead: ids.lead } } }),

  listRecentEntries: inTenant,
  readEntry: byId('entry'),
  moveEntry: byId('entry', (ids) => ({ body: { lead: ids.lead } })),
  undoEntry: byId('entry'),
  setEntryPrivate: byId('entry', () => ({ body: { private: false } })),
  readHistory: (ids) => ofLead(ids),
  readCompanyHistory: byId('company'),
  readContactPersonHistory: byId('person'),
  readMailHtml: byId('mail'),
  readMailRaw: byId('mail'),
  readAttachment: (ids) => ({ params: { tenant: ids.tenant, id: ids.mail, position: 0 } }),
  search: (ids) => ({ ...inTenant(ids), query: { q: 'hello', lead: ids.lead } }),
  listEvents: inTenant,

  listLeads: (ids) => ({ ...inTenant(ids), query: { company: ids.company } }),
  readLead: (ids) => ofLead(ids),
  createLead: (ids) => ({
    ...inTenant(ids),
    body: { name: 'New', company: { id: ids.company }, owner: ids.email, keyPlayers: [{ contactPersonId: ids.person }] },
  }),
  updateLead: (ids) =>
    ofLead(ids, { body: { version: 1, company: { id: ids.company }, owner: ids.email, keyPlayers: [{ contactPersonId: ids.person }] } }),
  listCompanies: inTenant,
  readCompany: byId('company'),
  createCompany: (ids) => ({ ...inTenant(ids), body: { name: `Company ${fresh()}` } }),
  listContactPersons: (ids) => ({ ...inTenant(ids), query: { company: ids.company } }),
  readContactPerson: byId('person'),
  createContactPerson: (ids) => ({
    ...inTenant(ids),
    body: { name: 'New', addresses: [`${fresh()}@new.example`], company: { id: ids.company } },
  }),
  updateContactPerson: byId('person', (ids) => ({ body: { version: 1, company: { id: ids.company } } })),
  listTasks: (ids) => ({ ...inTenant(ids), query: { lead: ids.lead } }),
  createTask: (ids) => ({ ...inTenant(ids), body: { title: 'Call', lead: ids.lead, mailId: ids.mail, assignee: ids.email } }),
  updateTask: byId('task', (ids) => ({ body: { version: 1, assignee: ids.email } })),
  readCrmAddressCard: inTenant,

  listTenants: () => ({}),
  createTenant: () => ({ body: { slug: fresh(), name: 'New', admin: { email: `${fresh()}@new.example`, name: 'First' } } }),
  readTenant: inTenant,
  readTenantHealth: inTenant,
  inviteFirstAdmin: (ids) => ({ ...inTenant(ids), body: { email: `${fresh()}@new.example`, name: 'First' } }),
  updateTenant: (ids) => ({ ...inTenant(ids), body: { version: 1, name: 'Renamed' } }),
  listHostNames: inTenant,
  addHostName: (ids) => ({ ...inTenant(ids), body: { name: `${fresh()}.example` } }),
  verifyHostName: (ids) => ({ params: { tenant: ids.tenant, name: ids.host } }),
  vouchForHostName: (ids) => ({ params: { tenant: ids.tenant, name: `${fresh()}.example` }, body: {} }),
  withdrawVouch: (ids) => ({ params: { tenant: ids.tenant, name: ids.host } }),
  removeHostName: (ids) => ({ params: { tenant: ids.tenant, name: ids.otherHost } }),
  listUsers: inTenant,
  inviteUser: (ids) => ({ ...inTenant(ids), body: { email: `${fresh()}@new.example`, name: 'New', role: 'salesperson' } }),
  updateUser: byId('user', () => ({ body: { version: 1, name: 'Renamed' } })),
  createResetLink: byId('user'),
  listNeverLogRules: inTenant,
  addNeverLogRule: (ids) => ({ ...inTenant(ids), body: { pattern: `${fresh()}.example` } }),
  removeNeverLogRule: (ids) => ({ params: { tenant: ids.tenant, pattern: ids.neverLog } }),
  listMailboxes: inTenant,
  addMailbox: (ids) => ({ ...inTenant(ids), body: { host: '127.0.0.1', port: 1, tls: 'off', user: 'crm', password: 'x' } }),
  removeMailbox: byId('mailbox'),
  listApiKeys: inTenant,
  createApiKey: (ids) => ({ ...inTenant(ids), body: { role: 'submit' } }),
  revokeApiKey: byId('apiKey'),
  readOidc: inTenant,
  updateOidc: (ids) => ({ ...inTenant(ids), body: { provider: null } }),
  previewImport: (ids) => ({ ...inTenant(ids), body: { kind: 'leads', csv: 'number,name\n424242,New\n' } }),
  runImport: (ids) => ({ ...inTenant(ids), body: { kind: 'leads', csv: 'number,name\n424242,New\n' } }),
  listAudit: inTenant,
  listOperatorEvents: () => ({}),
  readHealth: () => ({}),
}

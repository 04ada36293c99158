/**
 * Every call of the HTTP API: its name, where it is, and who may make it. The one place where roles are decided; the server registers no route
 * that is not here, the page makes no call that is not here, the README's table of roles is made of it, and a test walks it role by role.
 * Without zod, since the page carries it.
 */

/** Who asks: a signed-in person or an API key of that role; `submit` is a key that may hand in mail and nothing else. */
export type Role = 'operator' | 'admin' | 'reviewer' | 'salesperson' | 'submit'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below /api/v1. A `:tenant` that is not the caller's answers 404. */
  readonly path: string
  /** `anyone`: without a session. */
  readonly allow: readonly Role[] | 'anyone'
  readonly summary: string
}

const everybody = ['admin', 'reviewer', 'salesperson'] as const
const reviewers = ['admin', 'reviewer'] as const
const admins = ['admin'] as const
const operators = ['operator'] as const
const caretakers = ['operator', 'admin'] as const
const signedIn = ['operator', 'admin', 'reviewer', 'salesperson'] as const

export const calls = {
  // ---- who is there ----
  readSignInOptions: { method: 'POST', path: '/sign-in-options', allow: 'anyone', summary: 'How somebody with this address signs in' },
  signIn: { method: 'POST', path: '/session', allow: 'anyone', summary: 'Sign in with a password' },
  readSession: { method: 'GET', path: '/session', allow: signedIn, summary: 'Who is signed in, and what the page needs to know' },
  signOut: { method: 'DELETE', path: '/session', allow: signedIn, summary: 'Sign out' },
  listSessions: { method: 'GET', path: '/sessions', allow: signedIn, summary: 'Where one is signed in' },
  endSession: { method: 'DELETE', path: '/sessions/:id', allow: signedIn, summary: 'End one of one’s own sessions' },
  changePassword: { method: 'POST', path: '/password', allow: signedIn, summary: 'Change one’s own password; ends the other sessions' },
  requestPasswordReset: { method: 'POST', path: '/password-reset', allow: 'anyone', summary: 'Ask for a link to set a new password' },
  readLink: { method: 'GET', path: '/links/:token', allow: 'anyone', summary: 'What a one-time link is for' },
  useLink: { method: 'POST', path: '/links/:token', allow: 'anyone', summary: 'Use a one-time link: set a password, and be signed in' },
  startOidc: { method: 'GET', path: '/oidc/:tenant/start', allow: 'anyone', summary: 'Go to the tenant’s OpenID provider' },
  finishOidc: { method: 'GET', path: '/oidc/callback', allow: 'anyone', summary: 'Come back from it' },
  updateProfile: { method: 'PATCH', path: '/profile', allow: signedIn, summary: 'One’s own language and time zone' },

  // ---- mail as it came in ----
  submitMessage: {
    method: 'POST',
    path: '/messages',
    allow: ['submit', 'admin', 'reviewer', 'salesperson'],
    summary: 'Hand in a raw message; answered once it is durable',
  },
  listMessages: { method: 'GET', path: '/messages', allow: ['operator', ...reviewers], summary: 'Every message and where it stands' },
  readMessage: { method: 'GET', path: '/messages/:id', allow: ['operator', ...reviewers], summary: 'The whole way of one message' },
  readRawMessage: { method: 'GET', path: '/messages/:id/raw', allow: reviewers, summary: 'Its bytes, as they came' },
  replayMessage: { method: 'POST', path: '/messages/:id/replay', allow: caretakers, summary: 'Try again what failed of a message' },
  listFailedOffers: {
    method: 'GET',
    path: '/tenants/:tenant/failed-offers',
    allow: caretakers,
    summary: 'Waiting mail that could not be judged again when something was added, without its content',
  },
  retryFailedOffers: {
    method: 'POST',
    path: '/tenants/:tenant/failed-offers/retry',
    allow: caretakers,
    summary: 'Have all of it judged again',
  },
  sendProbe: { method: 'POST', path: '/tenants/:tenant/probe', allow: admins, summary: 'Send a test mail through the whole way' },

  // ---- confirming ----
  listConfirmations: {
    method: 'GET',
    path: '/tenants/:tenant/confirmations',
    allow: everybody,
    summary: 'What waits for a person; a salesperson sees what he sent himself',
  },
  countConfirmations: {
    method: 'GET',
    path: '/tenants/:tenant/confirmations/count',
    allow: everybody,
    summary: 'How many wait, by reason',
  },
  readConfirmation: { method: 'GET', path: '/tenants/:tenant/confirmations/:id', allow: everybody, summary: 'One of them with its mail' },
  claimConfirmation: {
    method: 'POST',
    path: '/tenants/:tenant/confirmations/:id/claim',
    allow: everybody,
    summary: 'Tell the others that one works on it',
  },
  releaseConfirmation: { method: 'DELETE', path: '/tenants/:tenant/confirmations/:id/claim', allow: everybody, summary: 'Let go of it' },
  answerConfirmation: {
    method: 'POST',
    path: '/tenants/:tenant/confirmations/:id/answer',
    allow: everybody,
    summary: 'File it or dismiss it',
  },
  undoAnswer: {
    method: 'POST',
    path: '/tenants/:tenant/confirmations/:id/undo',
    allow: everybody,
    summary: 'Take the answer back, within 30 days',
  },
  listSiblings: {
    method: 'GET',
    path: '/tenants/:tenant/confirmations/:id/siblings',
    allow: everybody,
    summary: 'Open ones of the same thread, or of the same sender and conflict',
  },
  answerConfirmations: {
    method: 'POST',
    path: '/tenants/:tenant/confirmations/answers',
    allow: reviewers,
    summary: 'The same answer to several',
  },

  // ---- contact history ----
  listRecentEntries: { method: 'GET', path: '/tenants/:tenant/history', allow: everybody, summary: 'What was filed last, newest first' },
  readEntry: { method: 'GET', path: '/tenants/:tenant/history/:id', allow: everybody, summary: 'One entry, whole, and why it is here' },
  moveEntry: { method: 'POST', path: '/tenants/:tenant/history/:id/move', allow: everybody, summary: 'Move it to another lead' },
  undoEntry: {
    method: 'POST',
    path: '/tenants/:tenant/history/:id/undo',
    allow: everybody,
    summary: 'Take it out: its mail waits for a person again',
  },
  setEntryPrivate: {
    method: 'POST',
    path: '/tenants/:tenant/history/:id/private',
    allow: everybody,
    summary: 'Hide its body from all but oneself and the admins, or show it again',
  },
  readHistory: {
    method: 'GET',
    path: '/tenants/:tenant/leads/:number/history',
    allow: everybody,
    summary: 'The contact history of a lead',
  },
  readCompanyHistory: { method: 'GET', path: '/tenants/:tenant/companies/:id/history', allow: everybody, summary: 'Of a company' },
  readContactPersonHistory: {
    method: 'GET',
    path: '/tenants/:tenant/contact-persons/:id/history',
    allow: everybody,
    summary: 'Of a contact person',
  },
  readMailHtml: {
    method: 'GET',
    path: '/tenants/:tenant/mails/:id/html',
    allow: everybody,
    summary: 'A mail’s HTML made safe, for a sandboxed frame',
  },
  readMailRaw: { method: 'GET', path: '/tenants/:tenant/mails/:id/raw', allow: everybody, summary: 'A mail’s bytes as they came' },
  readAttachment: {
    method: 'GET',
    path: '/tenants/:tenant/mails/:id/attachments/:position',
    allow: everybody,
    summary: 'A file of a mail',
  },
  search: { method: 'GET', path: '/tenants/:tenant/search', allow: everybody, summary: 'Search in mails, leads, companies, people' },
  listEvents: { method: 'GET', path: '/tenants/:tenant/events', allow: everybody, summary: 'Live events (Server-Sent Events)' },

  // ---- leads, companies, people ----
  listLeads: { method: 'GET', path: '/tenants/:tenant/leads', allow: everybody, summary: 'Leads, by number, name or company' },
  readLead: { method: 'GET', path: '/tenants/:tenant/leads/:number', allow: everybody, summary: 'One lead' },
  createLead: { method: 'POST', path: '/tenants/:tenant/leads', allow: everybody, summary: 'Make a lead' },
  updateLead: { method: 'PATCH', path: '/tenants/:tenant/leads/:number', allow: everybody, summary: 'Change a lead' },
  listCompanies: { method: 'GET', path: '/tenants/:tenant/companies', allow: everybody, summary: 'Companies' },
  readCompany: {
    method: 'GET',
    path: '/tenants/:tenant/companies/:id',
    allow: everybody,
    summary: 'One company with its people and leads',
  },
  createCompany: { method: 'POST', path: '/tenants/:tenant/companies', allow: everybody, summary: 'Make a company' },
  listContactPersons: { method: 'GET', path: '/tenants/:tenant/contact-persons', allow: everybody, summary: 'Contact persons' },
  readContactPerson: { method: 'GET', path: '/tenants/:tenant/contact-persons/:id', allow: everybody, summary: 'One contact person' },
  createContactPerson: { method: 'POST', path: '/tenants/:tenant/contact-persons', allow: everybody, summary: 'Make a contact person' },
  updateContactPerson: {
    method: 'PATCH',
    path: '/tenants/:tenant/contact-persons/:id',
    allow: everybody,
    summary: 'Change a contact person',
  },
  listTasks: { method: 'GET', path: '/tenants/:tenant/tasks', allow: everybody, summary: 'Follow-up tasks' },
  createTask: { method: 'POST', path: '/tenants/:tenant/tasks', allow: everybody, summary: 'Make a follow-up task' },
  updateTask: { method: 'PATCH', path: '/tenants/:tenant/tasks/:id', allow: everybody, summary: 'Change a task, or finish it' },
  readCrmAddressCard: { method: 'GET', path: '/tenants/:tenant/crm-address.vcf', allow: everybody, summary: 'The CRM address as a vCard' },

  // ---- administering ----
  listTenants: { method: 'GET', path: '/tenants', allow: operators, summary: 'Every tenant' },
  createTenant: { method: 'POST', path: '/tenants', allow: operators, summary: 'Make a tenant, with its first admin' },
  readTenant: { method: 'GET', path: '/tenants/:tenant', allow: caretakers, summary: 'A tenant and its policies' },
  readTenantHealth: {
    method: 'GET',
    path: '/tenants/:tenant/health',
    allow: operators,
    summary: 'How one tenant fares, without content: mail by state, people by role, limits',
  },
  inviteFirstAdmin: {
    method: 'POST',
    path: '/tenants/:tenant/first-admin',
    allow: operators,
    summary: 'Invite whoever is to administer a tenant that nobody can administer yet; answers the link',
  },
  updateTenant: { method: 'PATCH', path: '/tenants/:tenant', allow: admins, summary: 'Change name, language, time zone, policies' },
  listHostNames: { method: 'GET', path: '/tenants/:tenant/host-names', allow: caretakers, summary: 'Host names and their DNS records' },
  addHostName: {
    method: 'POST',
    path: '/tenants/:tenant/host-names',
    allow: admins,
    summary: 'Add a host name; tells the DNS record to set',
  },
  verifyHostName: {
    method: 'POST',
    path: '/tenants/:tenant/host-names/:name/verify',
    allow: admins,
    summary: 'Look for its DNS record now',
  },
  vouchForHostName: {
    method: 'PUT',
    path: '/tenants/:tenant/host-names/:name/vouch',
    allow: operators,
    summary: 'Vouch for a host name: it counts without a DNS record',
  },
  withdrawVouch: {
    method: 'DELETE',
    path: '/tenants/:tenant/host-names/:name/vouch',
    allow: operators,
    summary: 'Vouch for it no more; what is proven goes on counting',
  },
  removeHostName: { method: 'DELETE', path: '/tenants/:tenant/host-names/:name', allow: admins, summary: 'Remove a host name' },
  listUsers: { method: 'GET', path: '/tenants/:tenant/users', allow: everybody, summary: 'The tenant’s people' },
  inviteUser: { method: 'POST', path: '/tenants/:tenant/users', allow: admins, summary: 'Invite somebody; answers the link' },
  updateUser: { method: 'PATCH', path: '/tenants/:tenant/users/:id', allow: admins, summary: 'Change role or name, disable or enable' },
  createResetLink: {
    method: 'POST',
    path: '/tenants/:tenant/users/:id/reset-link',
    allow: admins,
    summary: 'A link with which somebody sets a new password',
  },
  listNeverLogRules: { method: 'GET', path: '/tenants/:tenant/never-log', allow: admins, summary: 'Whose mail is never kept' },
  addNeverLogRule: { method: 'POST', path: '/tenants/:tenant/never-log', allow: admins, summary: 'Add an address or a domain' },
  removeNeverLogRule: { method: 'DELETE', path: '/tenants/:tenant/never-log/:pattern', allow: admins, summary: 'Remove one' },
  listMailboxes: { method: 'GET', path: '/tenants/:tenant/mailboxes', allow: caretakers, summary: 'Watched mailboxes and how they fare' },
  addMailbox: { method: 'POST', path: '/tenants/:tenant/mailboxes', allow: admins, summary: 'Watch a mailbox' },
  removeMailbox: { method: 'DELETE', path: '/tenants/:tenant/mailboxes/:id', allow: admins, summary: 'Watch it no more' },
  listApiKeys: { method: 'GET', path: '/tenants/:tenant/api-keys', allow: admins, summary: 'API keys' },
  createApiKey: { method: 'POST', path: '/tenants/:tenant/api-keys', allow: admins, summary: 'Make an API key; shown once' },
  revokeApiKey: { method: 'DELETE', path: '/tenants/:tenant/api-keys/:id', allow: admins, summary: 'Revoke one' },
  readOidc: { method: 'GET', path: '/tenants/:tenant/oidc', allow: admins, summary: 'The tenant’s OpenID provider' },
  updateOidc: { method: 'PUT', path: '/tenants/:tenant/oidc', allow: admins, summary: 'Set it, or take it away' },
  previewImport: {
    method: 'POST',
    path: '/tenants/:tenant/import/preview',
    allow: admins,
    summary: 'What a CSV file would change, and its errors by line',
  },
  runImport: { method: 'POST', path: '/tenants/:tenant/import', allow: admins, summary: 'Import it: the whole file or nothing' },
  listAudit: { method: 'GET', path: '/tenants/:tenant/audit', allow: admins, summary: 'Who did what' },
  listOperatorEvents: {
    method: 'GET',
    path: '/events',
    allow: operators,
    summary: 'Live events of the installation (Server-Sent Events), without content: that something changed',
  },
  readHealth: { method: 'GET', path: '/health', allow: caretakers, summary: 'Listeners, mailboxes, queue, last mail seen, what failed' },
} as const satisfies Record<string, Call>

export type CallName = keyof typeof calls

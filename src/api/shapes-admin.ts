/** Shapes of administering: tenants, host names, people, mailboxes, keys, import, audit, health; and of messages as they came in. */
import { z } from 'zod'
import {
  addressShape,
  bytesShape,
  emptyShape,
  faultShape,
  idParams,
  idShape,
  leadNumberShape,
  nameShape,
  nextShape,
  pageQuery,
  slugShape,
  tenantParams,
  timeShape,
  versionShape,
} from './shapes.ts'
import { localeShape } from './shapes-session.ts'

const userRoleShape = z.enum(['admin', 'reviewer', 'salesperson'])
/** One CSV file. */
export const importCharactersMax = 5_000_000
export const importRowsMax = 20_000

const policyShape = z.object({
  unauthenticatedSender: z.enum(['confirm', 'refuse']),
  internalMail: z.enum(['numbered', 'ignore', 'file']),
  onlyOpenLead: z.enum(['confirm', 'file']),
})

const tenantShape = z.object({
  slug: slugShape,
  name: z.string(),
  locale: z.string(),
  timeZone: z.string(),
  currency: z.string(),
  policy: policyShape,
  crmAddresses: z.array(z.string()),
  version: versionShape,
})

const hostNameShape = z.object({
  name: z.string(),
  subdomains: z.boolean(),
  /** `claimed`: mail is not routed by it yet. */
  state: z.enum(['vouchedFor', 'proven', 'claimed']),
  /** The operator vouches for it, besides what its state says. */
  vouchedFor: z.boolean(),
  /** The TXT record to set; null where the operator vouches for it and it was never claimed. */
  record: z.object({ name: z.string(), value: z.string() }).nullable(),
  checkedAt: timeShape.nullable(),
  finding: z.string().nullable(),
  /** The finding in words, and what to do. */
  words: z.string().nullable(),
  heldByOther: z.boolean(),
  /** Proven, but its record is gone for now: from when it counts no more. */
  lapsesAt: timeShape.nullable(),
  /** What stood there instead, and at which other name it stood; told by a look-up alone. */
  foundValues: z.array(z.string()),
  foundAt: z.string().nullable(),
})
const hostParams = tenantParams.extend({ name: z.string().min(1).max(255) })

const userShape = z.object({
  id: idShape,
  email: z.string(),
  name: z.string(),
  role: userRoleShape,
  hasPassword: z.boolean(),
  disabled: z.boolean(),
  /** A link waits to be used. */
  invited: z.boolean(),
  version: versionShape,
})
const linkAnswer = z.object({ user: userShape, link: z.string(), expiresAt: timeShape, mailed: z.boolean() })

const limitShape = z.object({ used: z.int(), max: z.int() })

const mailboxShape = z.object({
  id: idShape,
  host: z.string(),
  port: z.int(),
  tls: z.enum(['on', 'starttls', 'off']),
  user: z.string(),
  folder: z.string(),
  /** A Sent folder. */
  sent: z.boolean(),
  after: z.string(),
  trustedAuthservId: z.string().nullable(),
  state: z.string(),
  connectedSince: timeShape.nullable(),
  lastMailAt: timeShape.nullable(),
  lagSeconds: z.number().nullable(),
  waiting: z.int(),
  /** Messages that could not be taken and stay there. */
  setAside: z.int(),
  lastError: z.string().nullable(),
  /** The same with its code; null for what nobody foresaw. */
  lastFault: faultShape.nullable(),
  lastErrorAt: timeShape.nullable(),
})

const apiKeyShape = z.object({
  id: idShape,
  name: z.string().nullable(),
  role: z.string(),
  createdAt: timeShape,
  createdBy: z.string(),
  expiresAt: timeShape.nullable(),
  revokedAt: timeShape.nullable(),
})

const oidcAnswer = z.object({
  provider: z.object({ issuer: z.string(), clientId: z.string(), hasSecret: z.boolean(), redirectUrl: z.string() }).nullable(),
  /** To be registered there before there is a provider here. */
  redirectUrl: z.string(),
})

const importBody = z.object({
  kind: z.enum(['leads', 'contactPersons']),
  csv: z.string().min(1).max(importCharactersMax),
  /** Column of the file → field; guessed from the headings where it is absent. */
  mapping: z.record(z.string(), z.string()).optional(),
})
const importAnswer = z.object({
  columns: z.array(z.string()),
  /** Every field that a column may be mapped to. */
  fields: z.array(z.object({ name: z.string(), required: z.boolean() })),
  mapping: z.record(z.string(), z.string()),
  rows: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  /** `line` is that of the file, 1 the headings. */
  errors: z.array(z.object({ line: z.int(), column: z.string().nullable(), words: z.string(), fault: faultShape })),
  sample: z.array(z.record(z.string(), z.string())),
})

const deliveryShape = z.object({
  tenant: z.string().nullable(),
  state: z.string(),
  reason: z.string().nullable(),
  detail: z.string().nullable().optional(),
  lead: leadNumberShape.nullable(),
})
const messageShape = z.object({
  id: idShape,
  messageId: z.string().nullable(),
  channel: z.string(),
  receivedAt: timeShape,
  bytes: z.int(),
  reversePath: z.string().nullable(),
  forwardPaths: z.array(z.string()),
  deliveries: z.array(deliveryShape),
})
const messageParams = z.object({ id: idShape })

export const adminContract = {
  submitMessage: {
    query: z.object({ mailFrom: z.string().optional(), rcptTo: z.union([z.string(), z.array(z.string())]).optional() }),
    answer: z.object({ id: idShape }),
  },
  listMessages: {
    query: pageQuery.extend({
      state: z.string().max(20).optional(),
      tenant: slugShape.optional(),
      order: z.enum(['oldest', 'newest']).default('oldest'),
    }),
    answer: z.object({ messages: z.array(messageShape), next: nextShape }),
  },
  /** As `messages show`: the trace is open-ended. An operator is shown no subject, no text and no address out of the header. */
  readMessage: { params: messageParams, answer: z.looseObject({ id: idShape }) },
  readRawMessage: { params: messageParams, answer: bytesShape },
  replayMessage: { params: messageParams, answer: z.looseObject({ id: idShape }) },
  listFailedOffers: {
    params: tenantParams,
    query: pageQuery,
    /** The oldest question first. `id` is the question's; `messageId` that of the message which brought it (`POST /messages/ID/replay` tries it alone). */
    answer: z.object({
      items: z.array(
        z.object({
          id: idShape,
          messageId: idShape.nullable(),
          receivedAt: timeShape,
          reversePath: z.string().nullable(),
          reason: z.string(),
          words: z.string(),
        }),
      ),
      next: nextShape,
    }),
  },
  retryFailedOffers: { params: tenantParams, answer: z.object({ retried: z.int() }) },
  sendProbe: { params: tenantParams, body: z.object({ lead: leadNumberShape.optional() }), answer: z.object({ id: idShape }) },

  listTenants: {
    answer: z.object({
      tenants: z.array(
        z.object({
          slug: slugShape,
          name: z.string(),
          hostNames: z.int(),
          users: z.int(),
          inReview: z.int(),
          failed: z.int(),
          /** Waiting mails that could not be judged again. */
          failedOffers: z.int(),
          lastMailAt: timeShape.nullable(),
        }),
      ),
    }),
  },
  createTenant: {
    body: z.object({
      slug: slugShape,
      name: nameShape,
      locale: localeShape.default('en'),
      timeZone: z.string().max(60).default('UTC'),
      admin: z.object({ email: addressShape, name: nameShape }),
    }),
    answer: linkAnswer,
  },
  readTenant: { params: tenantParams, answer: tenantShape },
  readTenantHealth: {
    params: tenantParams,
    answer: z.object({
      slug: slugShape,
      name: z.string(),
      locale: z.string(),
      timeZone: z.string(),
      createdAt: timeShape,
      byState: z.record(z.string(), z.int()),
      failedOffers: z.int(),
      lastMailAt: timeShape.nullable(),
      /** Who may sign in. */
      users: z.record(userRoleShape, z.int()),
      disabledUsers: z.int(),
      /** Null once an admin can sign in. Where somebody is named as admin, only he can be invited from here. */
      firstAdmin: z.object({ named: z.array(z.object({ email: z.string(), name: z.string(), invited: z.boolean() })) }).nullable(),
      limits: z.object({ hostNames: limitShape, apiKeys: limitShape }),
    }),
  },
  inviteFirstAdmin: { params: tenantParams, body: z.object({ email: addressShape, name: nameShape }), answer: linkAnswer },
  updateTenant: {
    params: tenantParams,
    body: z.object({
      version: versionShape,
      name: nameShape.optional(),
      locale: localeShape.optional(),
      timeZone: z.string().max(60).optional(),
      currency: z.string().length(3).optional(),
      policy: policyShape.partial().optional(),
    }),
    answer: tenantShape,
  },
  listHostNames: { params: tenantParams, answer: z.object({ hostNames: z.array(hostNameShape) }) },
  addHostName: {
    params: tenantParams,
    body: z.object({ name: z.string().trim().min(1).max(255), subdomains: z.boolean().default(false) }),
    answer: hostNameShape,
  },
  verifyHostName: { params: hostParams, answer: hostNameShape },
  /** `subdomains` absent: as it is, or as the tenant claimed it. */
  vouchForHostName: { params: hostParams, body: z.object({ subdomains: z.boolean().optional() }), answer: emptyShape },
  withdrawVouch: { params: hostParams, answer: emptyShape },
  removeHostName: { params: hostParams, answer: emptyShape },
  listUsers: { params: tenantParams, answer: z.object({ users: z.array(userShape) }) },
  inviteUser: { params: tenantParams, body: z.object({ email: addressShape, name: nameShape, role: userRoleShape }), answer: linkAnswer },
  updateUser: {
    params: idParams,
    body: z.object({ version: versionShape, name: nameShape.optional(), role: userRoleShape.optional(), disabled: z.boolean().optional() }),
    answer: userShape,
  },
  createResetLink: { params: idParams, answer: linkAnswer },
  listNeverLogRules: {
    params: tenantParams,
    answer: z.object({ rules: z.array(z.object({ pattern: z.string(), createdAt: timeShape })) }),
  },
  addNeverLogRule: {
    params: tenantParams,
    body: z.object({ pattern: z.string().trim().min(1).max(255) }),
    answer: z.object({ pattern: z.string(), createdAt: timeShape }),
  },
  removeNeverLogRule: { params: tenantParams.extend({ pattern: z.string().min(1).max(255) }), answer: emptyShape },
  listMailboxes: { params: tenantParams, answer: z.object({ mailboxes: z.array(mailboxShape) }) },
  addMailbox: {
    params: tenantParams,
    body: z.object({
      host: z.string().trim().min(1).max(255),
      port: z.int().min(1).max(65_535),
      tls: z.enum(['on', 'starttls', 'off']),
      user: z.string().min(1).max(255),
      password: z.string().min(1).max(1_000),
      /**
       * It is a Sent folder, for mail that was sent without the CRM address: only what a user of the tenant wrote to one of its contact persons is taken,
       * and nothing in the folder is touched.
       */
      sent: z.boolean().default(false),
      /** Where it is absent: `INBOX`, and `Sent` for a Sent folder. */
      folder: z.string().min(1).max(255).optional(),
      /** `seen` (where it is absent), `delete`, `leave`, or `move:FOLDER`; a Sent folder is always left as it is. */
      after: z.string().max(255).optional(),
      /** The server whose Authentication-Results are believed; name one only where all mail in the folder came through it. */
      trustedAuthservId: z.string().max(255).optional(),
    }),
    answer: mailboxShape,
  },
  removeMailbox: { params: idParams, answer: emptyShape },
  listApiKeys: { params: tenantParams, answer: z.object({ keys: z.array(apiKeyShape) }) },
  createApiKey: {
    params: tenantParams,
    body: z.object({
      role: z.enum(['admin', 'reviewer', 'salesperson', 'submit']),
      name: nameShape.optional(),
      expiresAt: timeShape.optional(),
    }),
    answer: z.object({ id: idShape, key: z.string() }),
  },
  revokeApiKey: { params: idParams, answer: emptyShape },
  readOidc: { params: tenantParams, answer: oidcAnswer },
  updateOidc: {
    params: tenantParams,
    body: z.object({
      provider: z
        .object({ issuer: z.url().max(500), clientId: z.string().min(1).max(255), clientSecret: z.string().max(1_000).optional() })
        .nullable(),
    }),
    answer: oidcAnswer,
  },
  previewImport: { params: tenantParams, body: importBody, answer: importAnswer },
  /** 400 with the same answer where a line has an error: then nothing was written. */
  runImport: { params: tenantParams, body: importBody, answer: importAnswer },
  listAudit: {
    params: tenantParams,
    query: pageQuery.extend({
      actor: z.string().max(254).optional(),
      action: z.string().max(60).optional(),
      /** Without what rules did, which is most of it. */
      people: z.stringbool().default(false),
    }),
    /** Newest first. */
    answer: z.object({
      entries: z.array(
        z.object({ id: idShape, at: timeShape, actor: z.string(), action: z.string(), subject: z.string(), detail: z.unknown() }),
      ),
      next: nextShape,
    }),
  },
  /** Events named `reload`, which say that something changed: ask anew. */
  listOperatorEvents: { answer: bytesShape },
  readHealth: {
    answer: z.object({
      status: z.enum(['good', 'degraded', 'bad']),
      version: z.string(),
      startedAt: timeShape,
      listeners: z.array(z.object({ kind: z.enum(['smtp', 'lmtp', 'http']), address: z.string() })),
      parts: z.array(z.object({ name: z.string(), ok: z.boolean(), words: z.string() })),
      spool: z.object({ messages: z.int(), bytes: z.int() }),
      queueDepth: z.int(),
      lastMailAt: timeShape.nullable(),
      byState: z.record(z.string(), z.int()),
      /** Waiting mails that could not be judged again when something was added. */
      failedOffers: z.int(),
      mailboxes: z.array(mailboxShape),
    }),
  },
} as const

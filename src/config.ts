/** Reads the environment, once, through one schema; the README's table is made of the same descriptions and defaults. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import {
  addressKeys,
  byteCount,
  dnsServers,
  domainNames,
  hostNames,
  listOf,
  networks,
  nonEmpty,
  oneOf,
  urlOf,
  wholeNumber,
} from './config-text.ts'
import { PermanentFailure } from './failure.ts'
import { readListenPlaces, type WrittenPlace } from './intake/listen-place.ts'
import type { LogLevel } from './log.ts'
import { addressKey, type AddressKey, type DomainName } from './mail/address.ts'
import { readKey } from './store/mailbox-secret.ts'

export const roles = ['smtp', 'imap', 'worker', 'web'] as const
export type Role = (typeof roles)[number]

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[]

/** A variable whose text `read` turns into a value, or into null where it may not be that; `mayBe` then tells what it may be. */
function variable<T>(fallback: string, mayBe: string, description: string, read: (text: string) => T | null) {
  return z
    .string()
    .default(fallback)
    .transform((text, context) => {
      const value = read(text.trim())
      if (value !== null) return value
      context.issues.push({ code: 'custom', message: mayBe, input: text })
      return z.NEVER
    })
    .describe(description)
}

/** A variable that may be left out; null then. */
function optionalVariable<T>(mayBe: string, description: string, read: (text: string) => T | null) {
  return z
    .string()
    .optional()
    .transform((text, context): T | null => {
      if (text === undefined) return null
      const value = read(text.trim())
      if (value === null) context.issues.push({ code: 'custom', message: mayBe, input: text })
      return value
    })
    .describe(description)
}

const aByteCount = 'a number of bytes, or one with a unit: 512 KiB, 50 MiB, 2 GiB'
const aPort = 'a port number from 0 to 65535; 0 means any free port'
const aFile = 'the path of a readable PEM file'

const environmentSchema = z.object({
  DATA_DIR: variable(
    './data',
    'the path of a folder',
    'Folder for everything that stays: embedded database, spool, message contents, `run.json`. Made where it is missing.',
    (text) => (text === '' ? null : resolve(text)),
  ),
  DATABASE_URL: optionalVariable(
    'an URL postgres://user:password@host:port/database',
    'A Postgres (15 or later) to use. Without it the program starts and stops a Postgres of its own in `DATA_DIR`.',
    urlOf('postgres:', 'postgresql:'),
  ),
  REDIS_URL: optionalVariable(
    'an URL redis://host:port or rediss://host:port',
    'A Redis for the queue. Without it the queue lives in the same Postgres. It may lose everything without loss of mail.',
    urlOf('redis:', 'rediss:'),
  ),
  BLOB_URL: optionalVariable(
    'an URL file:///folder',
    'Kept for an S3 bucket. This version keeps contents on disk alone, in `DATA_DIR/blobs`: leave it unset.',
    urlOf('file:', 's3:'),
  ),
  ROLES: variable(
    'smtp,imap,worker,web',
    `one or more of ${roles.join(', ')}, with commas`,
    'What this process does: `smtp` listens for mail, `worker` processes it, `web` serves the API. Health and metrics are served whatever the roles. `imap` watches mailboxes.',
    listOf(roles),
  ),
  CRM_ADDRESSES: variable(
    'crm@localhost',
    'plain mail addresses with commas: crm@example.com,sales@example.com',
    'The addresses that mail is accepted for, each also with a sub-address (`crm+11111@…`). Nothing else is ever accepted, so this is no open relay.',
    addressKeys,
  ),
  TRUSTED_NETWORKS: variable(
    '127.0.0.0/8,::1',
    'networks with commas (10.0.0.0/8,2001:db8::/32,192.0.2.7), or none',
    'Whoever submits from there counts as authenticated, as in any mail server; `none` for nobody. Mail files that are read on this machine count as coming from 127.0.0.1.',
    networks,
  ),
  RELAY_NETWORKS: variable(
    'none',
    'networks with commas (10.0.0.5,2001:db8::/32), or none',
    'Mail servers that pass on what others sent: where they stand says nothing of a sender, so mail from there is never trusted for its network (it goes before `TRUSTED_NETWORKS`), its SPF is not asked, and nobody signs in from there. It is proved by what the server found out (`TRUSTED_AUTHSERV_IDS`) or by its own signature. Name your mail server here if it hands over mail from outside by SMTP; over LMTP it counts so by itself.',
    networks,
  ),
  TRUSTED_AUTHSERV_IDS: variable(
    '',
    'host names with commas',
    'Names that your own mail servers (LMTP, `RELAY_NETWORKS`, `TRUSTED_NETWORKS`) write into their Authentication-Results header fields: such a field is then the verdict about the sender of a mail that they relay, a sign-in there (`auth=pass`) included. Without it, all that a server in `TRUSTED_NETWORKS` relays by SMTP counts as authenticated. Name a server only if it checks all mail from outside and removes such fields that others wrote.',
    hostNames,
  ),
  TRUSTED_ARC_SEALERS: variable(
    '',
    'mail domains with commas',
    'Domains of forwarders and mailing lists whose ARC seal is believed: what they found out about a sender counts, where forwarding broke his signature.',
    domainNames,
  ),
  AUTHENTICATION_TIMEOUT_S: variable(
    '10',
    'a number of seconds from 1 to 60',
    'How long DNS may take to say who really sent one mail (SPF, DKIM, DMARC). What is not known then is asked again a few times; after that a person decides.',
    wholeNumber(1, 60),
  ),
  MAILBOX_KEY: optionalVariable(
    '32 bytes in base64 (openssl rand -base64 32) or hex',
    'Key that the passwords of mailboxes are encrypted with; the same for all processes. Without it, `DATA_DIR/mailbox.key`, which is made when it is needed first.',
    readKey,
  ),
  DNS_SERVERS: optionalVariable(
    'IP addresses with commas, each with a port where it is not 53: 192.0.2.53,[2001:db8::53]:5353',
    "Name servers to ask instead of the system's, for the check of senders and of host names. `leadpost check` tries them.",
    dnsServers,
  ),
  SMTP_HOST: variable(
    '127.0.0.1',
    'an IP address; 0.0.0.0 or :: for every interface',
    'Address that the SMTP listener binds to.',
    (text) => (isIP(text) === 0 ? null : text),
  ),
  SMTP_PORT: variable('2525', aPort, 'Port of the SMTP listener; 0 means any free port.', wholeNumber(0, 65_535)),
  SMTP_NAME: variable(
    '',
    'a host name',
    "The name that the listener greets with. Without it, this machine's host name.",
    (text) => text || hostname(),
  ),
  SMTP_TLS_CERT: optionalVariable(
    aFile,
    'PEM file with the certificate chain for STARTTLS. Without it one is made at the first start.',
    nonEmpty,
  ),
  SMTP_TLS_KEY: optionalVariable(aFile, 'PEM file with the private key of `SMTP_TLS_CERT`.', nonEmpty),
  SMTP_CONNECTIONS_MAX: variable(
    '500',
    'a number from 1 to 65535',
    'SMTP connections at the same time, and as many for each LMTP listener; more are answered 421.',
    wholeNumber(1, 65_535),
  ),
  LMTP_LISTEN: variable(
    '',
    'places with commas: 127.0.0.1:2424, [::1]:2424 or unix:/run/leadpost/lmtp',
    'Where a mail server on your side hands mail over by LMTP, with the role `smtp`. What comes in there counts as passed on (see `RELAY_NETWORKS`): from a unix socket, and over TCP from `TRUSTED_NETWORKS`. Over TCP everybody else is a stranger, as over SMTP.',
    readListenPlaces,
  ),
  LMTP_SOCKET_MODE: variable(
    '0660',
    'permissions as three octal digits: 0660, 0666',
    'Permissions of the unix sockets in `LMTP_LISTEN`; whoever may write may hand mail over.',
    (text) => (/^0?[0-7]{3}$/.test(text) ? Number.parseInt(text, 8) : null),
  ),
  PROXY_NETWORKS: variable(
    'none',
    'networks with commas (10.0.0.5,2001:db8::/32), or none',
    'Load balancers in front of the SMTP and LMTP listeners: each of their connections must begin with a PROXY header (version 1 or 2), which names the client, and from nobody else is it read. A client that they do not name is trusted with nothing.',
    networks,
  ),
  MESSAGE_BYTES_MAX: variable('50 MiB', aByteCount, 'The largest mail that is accepted (announced as SIZE).', byteCount),
  SPOOL_BYTES_MAX: variable(
    '2 GiB',
    aByteCount,
    'How much accepted mail may wait on disk while the database is away; then 452.',
    byteCount,
  ),
  HTTP_HOST: variable(
    '127.0.0.1',
    'an IP address; 0.0.0.0 or :: for every interface',
    'Address that the HTTP listener binds to.',
    (text) => (isIP(text) === 0 ? null : text),
  ),
  HTTP_PORT: variable('3000', aPort, 'Port of the HTTP listener; 0 means any free port.', wholeNumber(0, 65_535)),
  PUBLIC_URL: optionalVariable(
    'an URL such as https://crm.example.com',
    'Where people reach the page, for the links that are sent to them. Without it, the address of the HTTP listener.',
    urlOf('http:', 'https:'),
  ),
  OUTBOX_URL: optionalVariable(
    'an URL smtp://user:password@host:port or smtps://…',
    'The mail server that our own mail is sent through: invitations, links for a new password. Without it such links are shown to whoever makes them, and nobody can ask for a new password by himself.',
    urlOf('smtp:', 'smtps:'),
  ),
  OUTBOX_FROM: optionalVariable(
    'a plain mail address',
    'The address that our own mail comes from. Without it, the first of `CRM_ADDRESSES`.',
    addressKey,
  ),
  HTTP_TRUSTED_PROXIES: variable(
    '',
    'networks with commas (10.0.0.0/8,2001:db8::/32,192.0.2.7)',
    'Proxies in front of the HTTP listener: they are believed about who asks (X-Forwarded-For) and whether it came by https (X-Forwarded-Proto).',
    (text) => (text === '' ? [] : networks(text)),
  ),
  API_REQUESTS_PER_MINUTE: variable(
    '1200',
    'a number from 10 to 1000000',
    'Requests to the API that one session or key may make within a minute, and one address five times as many; more are answered 429.',
    wholeNumber(10, 1_000_000),
  ),
  PARSER_THREADS: variable(
    '1',
    'a number from 1 to 64',
    'Threads that read mail; one more is opened for mails of 1 MiB and more when they come. Give it more where there are more than two cores.',
    wholeNumber(1, 64),
  ),
  STOP_TIMEOUT_S: variable(
    '20',
    'a number of seconds from 1 to 600',
    'How long SIGTERM waits for open sessions and work in hand before it ends them.',
    wholeNumber(1, 600),
  ),
  LOG_LEVEL: variable(
    'info',
    `one of ${logLevels.join(', ')}`,
    'How much is logged, as JSON lines on standard error; never mail content.',
    oneOf(logLevels),
  ),
})

type Environment = z.output<typeof environmentSchema>
export type VariableName = keyof Environment

/** The configuration as the program uses it: paths absolute, addresses canonical, sizes in bytes, waits in milliseconds. */
export interface Config {
  readonly dataDir: string
  readonly databaseUrl: string | null
  readonly redisUrl: string | null
  readonly blobUrl: string | null
  readonly roles: ReadonlySet<Role>
  readonly crmAddresses: readonly AddressKey[]
  readonly trustedNetworks: readonly string[]
  readonly relayNetworks: readonly string[]
  readonly proxyNetworks: readonly string[]
  readonly trustedAuthservIds: readonly string[]
  readonly trustedArcSealers: readonly DomainName[]
  readonly authenticationTimeoutMs: number
  /** Null: the one in `dataDir`. */
  readonly mailboxKey: Uint8Array | null
  /** Null: the system's. */
  readonly dnsServers: readonly string[] | null
  readonly smtp: {
    readonly host: string
    readonly port: number
    readonly name: string
    readonly tls: { readonly certFile: string; readonly keyFile: string } | null
    readonly connectionsMax: number
  }
  readonly lmtp: { readonly places: readonly WrittenPlace[]; readonly socketMode: number }
  readonly messageBytesMax: number
  readonly spoolBytesMax: number
  readonly http: {
    readonly host: string
    readonly port: number
    readonly publicUrl: string | null
    readonly trustedProxies: readonly string[]
    readonly requestsPerMinuteMax: number
  }
  /** Null: no mail of our own is sent. */
  readonly outbox: { readonly url: string; readonly from: string } | null
  readonly parserThreads: number
  readonly stopTimeoutMs: number
  readonly logLevel: LogLevel
}

export type EnvironmentText = Readonly<Record<string, string | undefined>>

/**
 * Reads the process's environment over the `.env` file of the working folder (the environment wins).
 * @throws PermanentFailure `configurationInvalid` naming each variable, what it was and what it may be.
 */
export function readConfig(environment: EnvironmentText = { ...readEnvFile('.env'), ...process.env }): Config {
  const named = Object.keys(environmentSchema.shape) as VariableName[]
  // An empty variable counts as absent: that is how compose files and shells leave one out.
  const given = Object.fromEntries(named.map((name) => [name, environment[name] === '' ? undefined : environment[name]]))
  const result = environmentSchema.safeParse(given)
  if (!result.success) {
    const lines = result.error.issues.map((issue) => describeIssue(String(issue.path[0]), given[String(issue.path[0])], issue.message))
    throw new PermanentFailure('configurationInvalid', lines.join('\n'))
  }
  return shapeConfig(result.data)
}

function describeIssue(name: string, was: string | undefined, mayBe: string): string {
  // Passwords stand in URLs, and this line ends in logs.
  const shown = name === 'MAILBOX_KEY' ? '***' : was?.replace(/(\w:\/\/[^:@/\s]*):[^@\s]*@/, '$1:***@')
  return `${name} is "${shown ?? ''}"; it may be ${mayBe}`
}

function shapeConfig(env: Environment): Config {
  if ((env.SMTP_TLS_CERT === null) !== (env.SMTP_TLS_KEY === null)) {
    const missing = env.SMTP_TLS_CERT === null ? 'SMTP_TLS_CERT' : 'SMTP_TLS_KEY'
    throw new PermanentFailure(
      'configurationInvalid',
      `${missing} is missing; SMTP_TLS_CERT and SMTP_TLS_KEY are given together or not at all`,
    )
  }
  return {
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    blobUrl: env.BLOB_URL,
    roles: new Set(env.ROLES),
    crmAddresses: env.CRM_ADDRESSES,
    trustedNetworks: env.TRUSTED_NETWORKS,
    relayNetworks: env.RELAY_NETWORKS,
    proxyNetworks: env.PROXY_NETWORKS,
    trustedAuthservIds: env.TRUSTED_AUTHSERV_IDS,
    trustedArcSealers: env.TRUSTED_ARC_SEALERS,
    authenticationTimeoutMs: env.AUTHENTICATION_TIMEOUT_S * 1000,
    mailboxKey: env.MAILBOX_KEY,
    dnsServers: env.DNS_SERVERS,
    smtp: {
      host: env.SMTP_HOST,
      port: env.SMTP_PORT,
      name: env.SMTP_NAME,
      tls: env.SMTP_TLS_CERT !== null && env.SMTP_TLS_KEY !== null ? { certFile: env.SMTP_TLS_CERT, keyFile: env.SMTP_TLS_KEY } : null,
      connectionsMax: env.SMTP_CONNECTIONS_MAX,
    },
    lmtp: { places: env.LMTP_LISTEN, socketMode: env.LMTP_SOCKET_MODE },
    messageBytesMax: env.MESSAGE_BYTES_MAX,
    spoolBytesMax: env.SPOOL_BYTES_MAX,
    http: {
      host: env.HTTP_HOST,
      port: env.HTTP_PORT,
      publicUrl: env.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
      trustedProxies: env.HTTP_TRUSTED_PROXIES,
      requestsPerMinuteMax: env.API_REQUESTS_PER_MINUTE,
    },
    outbox: env.OUTBOX_URL === null ? null : { url: env.OUTBOX_URL, from: env.OUTBOX_FROM ?? env.CRM_ADDRESSES[0] ?? 'leadpost@localhost' },
    parserThreads: env.PARSER_THREADS,
    stopTimeoutMs: env.STOP_TIMEOUT_S * 1000,
    logLevel: env.LOG_LEVEL,
  }
}

function readEnvFile(path: string): EnvironmentText {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new PermanentFailure('configurationInvalid', `the file ${resolve(path)} cannot be read: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Every variable with its default (null: none) and description, in the order of the README's table. */
export function describeVariables(): { name: VariableName; default: string | null; description: string }[] {
  const { properties = {} } = z.toJSONSchema(environmentSchema, { io: 'input' })
  return Object.entries(properties).map(([name, property]) => {
    const { default: fallback, description = '' } = property as { default?: string; description?: string }
    return { name: name as VariableName, default: fallback || null, description }
  })
}

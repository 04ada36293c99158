/** `leadpost mailbox`: the mailboxes on IMAP servers that mail is fetched from. A running program notices each change within seconds. */
import { text } from 'node:stream/consumers'
import { PermanentFailure } from '../failure.ts'
import { readMailboxKey, sealSecret, type MailboxSecret } from '../store/mailbox-secret.ts'
import {
  addMailbox,
  listMailboxes,
  mailboxTlsModes,
  removeMailbox,
  type Afterwards,
  type MailboxJson,
  type MailboxSettings,
  type MailboxTls,
} from '../store/mailboxes.ts'
import { withStore } from './reach-store.ts'
import { readAuthservId } from './read-authserv-id.ts'
import { UsageError, type Verb, type VerbCall, type VerbOptions } from './verb.ts'

const tlsPort = 993
const plainPort = 143
const passwordCharactersMax = 1_000
const grantCharactersMax = 20_000
const nameCharactersMax = 255
const afterWords = 'seen, delete, leave or move:FOLDER'

export const mailbox: Verb = {
  name: 'mailbox',
  summary: 'mailboxes on IMAP servers that are watched: add, list with their health, remove',
  usage: [
    'mailbox add --host HOST --user USER --password-stdin [--port N] [--tls on|starttls|off] [--tenant SLUG] [--folder NAME] [--after WHAT] [--trusted-authserv-id NAME]',
    'mailbox add --host HOST --user USER --password-stdin --tenant SLUG --sent [--folder NAME] …',
    'mailbox list [--tenant SLUG]',
    'mailbox remove ID',
  ],
  details: [
    'Everything in the folder is fetched, whatever its flags, and what comes later within a second where the server can IDLE.',
    'Mail from the mailbox of a tenant becomes that tenant’s or nobody’s. Without --tenant the mailbox serves the whole installation.',
    'A mailbox says nothing of who wrote a mail: a signature of the author’s domain does, or the server that --trusted-authserv-id names, whose',
    'Authentication-Results are believed then. Name one only where all mail in the folder came through it. Other mail waits for a person.',
    '--sent watches a Sent folder, for mail that was sent without the CRM address: only what a user of the tenant wrote to one of its contact persons is',
    'taken. Of everything else nothing is stored, and nothing in the folder is touched.',
    'Secrets are stored encrypted; the key is MAILBOX_KEY, or DATA_DIR/mailbox.key, which is made when it is needed first.',
    '--oauth2-stdin reads {"tokenUrl": …, "clientId": …, "clientSecret": …, "refreshToken": …, "scope": …} instead of a password.',
  ],
  options: {
    host: { type: 'string', value: 'HOST', help: 'the IMAP server' },
    port: { type: 'string', value: 'N', help: `its port (${tlsPort} with TLS from the start, else ${plainPort})` },
    tls: { type: 'string', value: 'MODE', help: 'on (the default): TLS from the start; starttls; off: password and mail in plain text' },
    user: { type: 'string', value: 'USER', help: 'whom to sign in as' },
    'password-stdin': { type: 'boolean', help: 'read the password from standard input' },
    'oauth2-stdin': { type: 'boolean', help: 'read an OAuth2 grant from standard input, as JSON' },
    tenant: { type: 'string', value: 'SLUG', help: 'the tenant that the mailbox is for' },
    folder: { type: 'string', value: 'NAME', help: 'the folder to watch (INBOX)' },
    sent: { type: 'boolean', help: 'it is a Sent folder (its name without --folder: Sent); needs --tenant' },
    after: { type: 'string', value: 'WHAT', help: `what is done with a message once it is in: ${afterWords} (seen)` },
    'trusted-authserv-id': { type: 'string', value: 'NAME', help: 'the server whose Authentication-Results are believed' },
  },
  logs: 'warnings',
  async run(call) {
    const [what, id, ...more] = call.positionals
    if (what === 'add' && id === undefined) return await add(call)
    if (what === 'list' && id === undefined) return await list(call)
    if (what === 'remove' && id !== undefined && more.length === 0) return await remove(call, id)
    throw new UsageError(`mailbox does not know "${call.positionals.join(' ')}"`)
  },
}

async function add({ options, config, log, output, json }: VerbCall): Promise<number> {
  const settings = readSettings(options)
  const secret = await readSecret(options)
  const tenant = options.text('tenant')
  const key = await readMailboxKey({ dataDir: config.dataDir, given: config.mailboxKey })
  const [id, running] = await withStore(config, log, async ({ database }, program) => [
    await addMailbox(database, { ...settings, tenant }, (newId) => sealSecret(key, { ...settings, id: newId }, secret)),
    program,
  ])
  if (settings.tls === 'off' && !isLoopback(settings.host))
    output.say('leadpost: password and mail go over the network in plain text (--tls off)')
  if (json) output.json({ id })
  else {
    output.line(`The mailbox ${settings.userName} at ${settings.host} is added: ${id}`)
    output.line(
      running === null ? 'It is watched once the program runs.' : 'It is watched within seconds; mailbox list shows how it fares.',
    )
  }
  return 0
}

async function list({ options, config, log, output, json }: VerbCall): Promise<number> {
  const mailboxes = await withStore(config, log, ({ database }) => listMailboxes(database, options.text('tenant')))
  if (json) output.json({ mailboxes })
  else if (mailboxes.length === 0) output.line('No mailbox is watched. mailbox add adds one.')
  else output.table(['id', 'tenant', 'mailbox', 'state', 'last mail (UTC)', 'lag', 'what went wrong last'], mailboxes.map(rowOf))
  return 0
}

async function remove({ config, log, output, json }: VerbCall, id: string): Promise<number> {
  await withStore(config, log, ({ database }) => removeMailbox(database, id))
  if (json) output.json({ id, removed: true })
  else output.line(`The mailbox ${id} is removed. The mail that came from it stays.`)
  return 0
}

function rowOf(row: MailboxJson): string[] {
  const since = row.connectedSince === null ? '' : ` since ${minute(row.connectedSince)}`
  const waits = row.waiting > 0 ? `, ${row.waiting} waiting` : ''
  const aside = row.setAside > 0 ? `, ${row.setAside} set aside` : ''
  const lag = row.lagSeconds === null ? 'not read yet' : row.lagSeconds === 0 ? 'none' : `${row.lagSeconds} s`
  return [
    row.id,
    row.tenant ?? '(all)',
    `${row.user} at ${row.host}:${row.port}, ${row.folder}${row.sent ? ' (sent)' : ''}`,
    `${row.state}${since}${waits}${aside}`,
    row.lastMailAt === null ? '' : minute(row.lastMailAt),
    lag,
    row.lastError === null ? '' : `${minute(row.lastErrorAt ?? '')}: ${row.lastError}`,
  ]
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ')
}

function readSettings(options: VerbOptions): MailboxSettings {
  const tls = options.text('tls') ?? 'on'
  if (!isTls(tls)) throw new UsageError(`--tls is "${tls}"; it may be ${mailboxTlsModes.join(', ')}`)
  return {
    ...readKind(options),
    host: readHost(options.required('host')),
    port: options.number('port', tls === 'on' ? tlsPort : plainPort, 1, 65_535),
    tls,
    userName: plain('user', options.required('user')),
    trustedAuthservId: readAuthservId(options.text('trusted-authserv-id')),
  }
}

/** A Sent folder is somebody's own: it is read and left alone. */
function readKind(options: VerbOptions): Pick<MailboxSettings, 'sent' | 'folder' | 'afterwards'> {
  const sent = options.has('sent')
  const after = options.text('after')
  const folder = plain('folder', options.text('folder') ?? (sent ? 'Sent' : 'INBOX'))
  if (!sent) return { sent, folder, afterwards: readAfterwards(after ?? 'seen') }
  if (options.text('tenant') === null) throw new UsageError('--sent needs --tenant: whose contact persons count')
  if (after !== null && after !== 'leave') throw new UsageError('--sent goes with --after leave alone: nothing in a Sent folder is touched')
  return { sent, folder, afterwards: { kind: 'leave' } }
}

function isTls(text: string): text is MailboxTls {
  return mailboxTlsModes.some((mode) => mode === text)
}

/** A name or an address, without brackets. */
function readHost(written: string): string {
  const host = written.toLowerCase()
  if (!/^[a-z0-9_.:-]{1,253}$/.test(host)) throw new UsageError(`--host is "${written}"; it may be a host name or an IP address`)
  return host
}

function plain(option: string, written: string): string {
  if (written === '' || written.length > nameCharactersMax || /\p{Cc}/u.test(written)) {
    throw new UsageError(`--${option} is empty, longer than ${nameCharactersMax} characters, or has control characters in it`)
  }
  return written
}

function readAfterwards(written: string): Afterwards {
  if (written === 'seen' || written === 'delete' || written === 'leave') return { kind: written }
  if (written.startsWith('move:')) return { kind: 'move', folder: plain('after', written.slice('move:'.length)) }
  throw new UsageError(`--after is "${written}"; it may be ${afterWords}`)
}

async function readSecret(options: VerbOptions): Promise<MailboxSecret> {
  const isPassword = options.has('password-stdin')
  if (isPassword === options.has('oauth2-stdin')) throw new UsageError('give --password-stdin or --oauth2-stdin')
  const input = await text(process.stdin)
  return isPassword ? readPassword(input.replace(/\r?\n$/, '')) : readGrant(input)
}

function readPassword(password: string): MailboxSecret {
  // RFC 9051 §9: neither of the three can stand in a command.
  if (password === '' || password.length > passwordCharactersMax || /[\0\r\n]/.test(password)) {
    throw new PermanentFailure(
      'inputInvalid',
      `the password is empty, longer than ${passwordCharactersMax} characters, or of several lines`,
    )
  }
  return { kind: 'password', password }
}

function readGrant(input: string): MailboxSecret {
  const grant = parseObject(input.slice(0, grantCharactersMax))
  const required = (name: string): string => {
    const value = grant[name]
    if (typeof value !== 'string' || value === '') throw new PermanentFailure('inputInvalid', `"${name}" is missing in the OAuth2 grant`)
    return value
  }
  const optional = (name: string): string | null => (typeof grant[name] === 'string' ? grant[name] : null)
  const tokenUrl = required('tokenUrl')
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : null
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)))) {
    throw new PermanentFailure('inputInvalid', '"tokenUrl" is no URL that begins with https://')
  }
  return {
    kind: 'oauth2',
    tokenUrl,
    clientId: required('clientId'),
    clientSecret: optional('clientSecret'),
    refreshToken: required('refreshToken'),
    scope: optional('scope'),
  }
}

function parseObject(input: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(input)
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {
    // Said below, without the input: a secret stands in it.
  }
  throw new PermanentFailure('inputInvalid', 'the OAuth2 grant is no JSON object')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || host.startsWith('127.')
}

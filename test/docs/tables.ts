/** The README's tables, made of the code. */
import { readFileSync, globSync } from 'node:fs'
import { type Call, calls, type Role } from '../../src/api/calls.ts'
import { describeVariables } from '../../src/config.ts'
import { PermanentFailure, type PermanentCode } from '../../src/failure.ts'
import { acceptedText, replies, replyForFailure } from '../../src/intake/smtp-replies.ts'
import { submitLimits } from '../../src/http/message-routes.ts'
import { smtpLimits } from '../../src/intake/smtp-options.ts'
import { confirmReasons, ignoreReasons } from '../../src/matching/decision.ts'
import { explainReason } from '../../src/matching/explain.ts'
import type { DeliveryState } from '../../src/store/messages.ts'
import { attacks } from './attacks.ts'

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

export function configurationTable(): string {
  const rows = describeVariables().map(({ name, default: fallback, description }) => [
    `\`${name}\``,
    fallback === null ? '' : `\`${fallback}\``,
    description,
  ])
  return table(['variable', 'default', 'what it does'], rows)
}

const stateWords: Readonly<Record<DeliveryState, string>> = {
  received: 'It is on file and waits for its turn.',
  processing: 'It is being worked on.',
  appended: 'It stands in the contact history of a lead.',
  inReview: 'It waits for a person (`confirmations`), with candidates and reasons.',
  ignored: 'It is not filed, for a reason; the row stays.',
  failed: 'It could not be processed after several tries; `messages replay` tries again.',
  unroutable: 'No tenant was found for it (a file, or the database was away when it came). It is taken up again once its host name counts.',
}

export function statesTable(): string {
  const states = table(
    ['state', 'means'],
    Object.entries(stateWords).map(([state, words]) => [`\`${state}\``, words]),
  )
  const reasonRows = (codes: readonly (typeof confirmReasons | typeof ignoreReasons)[number][]): string[][] =>
    codes.map((code) => [`\`${code}\``, explainReason(code)])
  return [
    states,
    '',
    'Why a mail waits for a person:',
    '',
    table(['reason', 'in words'], reasonRows(confirmReasons)),
    '',
    'Why a mail is ignored:',
    '',
    table(['reason', 'in words'], reasonRows(ignoreReasons)),
  ].join('\n')
}

/** Failures whose own words are told; which words depends on the mail. */
const refusals: readonly (readonly [PermanentCode, string])[] = [
  ['senderDomainUnknown', "The sender's domain is registered by nobody, and the mail answers none on file."],
  ['senderOfOtherTenant', 'Somebody signed in writes in the name of another tenant.'],
  ['severalTenants', 'The From field names authors of several tenants, or a mail from outside answers mails of several.'],
  ['senderNotAuthenticated', "Nothing vouches for the sender, and the tenant's policy refuses such mail."],
  ['messageTooLarge', 'The mail is larger than `MESSAGE_BYTES_MAX`, or its header than 256 KiB.'],
]

export function repliesTable(): string {
  const told = refusals.map(([code, when]) => {
    const reply = replyForFailure(new PermanentFailure(code, '…'))
    return [`\`${reply?.code ?? ''} ${reply?.text ?? ''}\``, when]
  })
  const fixed = Object.values(replies).map(({ code, text }) => {
    const [enhanced = '', ...words] = text.split(' ')
    return [`\`${code} ${enhanced}\``, words.join(' ')]
  })
  return table(['reply', 'when, or in which words'], [[`\`250 ${acceptedText('ID')}\``, 'The mail is durable.'], ...told, ...fixed])
}

/** What a spoofer may try. */
export function attacksTable(): string {
  const held = (by: (typeof attacks)[number]['heldBy'][number]): string =>
    typeof by === 'string' ? `\`${by}\`` : `\`${by.file.replace(/^test\//, '')}\`: ${by.test.replace(/: %s$/, '')}`
  return table(
    ['he', 'what happens', 'held by the stories and tests'],
    attacks.map(({ trick, becomes, heldBy }) => [trick, becomes, heldBy.map(held).join(', ')]),
  )
}

/** `export const recipientsMax = 100`: what is exported is what other parts, and people, meet. */
const limitLine = /^export const ([a-z]\w*(?:Max|TimeoutMs)) = ([\d_ *]+)$/

/** Every limit that is exported, and those of the SMTP listener, by folder and file. Where the name does not end in bytes or a wait, it says what is counted. */
export function limitsTable(): string {
  const found = globSync('src/**/*.ts', { exclude: (path) => path.includes('generated') })
    .toSorted()
    .flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .flatMap((line) => {
          const [, name, written] = limitLine.exec(line) ?? []
          return name === undefined || written === undefined ? [] : [{ name, value: arithmetic(written), path: path.slice('src/'.length) }]
        }),
    )
  const smtp = Object.entries(smtpLimits).map(([name, value]) => ({ name, value, path: 'intake/smtp-options.ts' }))
  const submit = Object.entries(submitLimits).map(([name, value]) => ({ name, value, path: 'http/message-routes.ts' }))
  const rows = [...found, ...smtp, ...submit].map(({ name, value, path }) => [`\`${name}\``, valueInWords(name, value), `\`${path}\``])
  return table(['limit', 'value', 'kept in `src/`'], rows)
}

/** The source says `5 * 60_000` or `1024 ** 2`; only digits, products and powers come here. */
function arithmetic(written: string): number {
  return written
    .replaceAll('_', '')
    .replace(/(\d+)\s*\*\*\s*(\d+)/g, (_all, base: string, exponent: string) => String(Number(base) ** Number(exponent)))
    .split('*')
    .reduce((product, factor) => product * Number(factor), 1)
}

function valueInWords(name: string, value: number): string {
  const number = (amount: number): string => amount.toLocaleString('en-US')
  if (name.endsWith('Ms')) return value >= 1000 && value % 1000 === 0 ? `${number(value / 1000)} s` : `${number(value)} ms`
  if (/(?:Bytes|Octets)Max$/.test(name)) {
    if (value % 1024 ** 2 === 0) return `${number(value / 1024 ** 2)} MiB`
    return value % 1024 === 0 ? `${number(value / 1024)} KiB` : `${number(value)} bytes`
  }
  return number(value)
}

const roleColumns = ['operator', 'admin', 'reviewer', 'salesperson', 'submit'] as const satisfies readonly Role[]

/** Who may make which call of the API: the table by which the server decides. */
export function rolesTable(): string {
  const rows = Object.values(calls).map((call: Call) => [
    `\`${call.method} ${call.path}\``,
    call.summary,
    ...(call.allow === 'anyone' ? roleColumns.map(() => 'anyone') : roleColumns.map((role) => (call.allow.includes(role) ? 'yes' : ''))),
  ])
  return table(['call below `/api/v1`', 'does', ...roleColumns], rows)
}

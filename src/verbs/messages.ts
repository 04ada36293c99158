/** `leadpost messages`: every message and where it stands; its trace; a second try for one that failed. */
import type { CheckedDomain } from '../mail/message.ts'
import type { ForwardVerdict } from '../processing/readings.ts'
import type { Trace } from '../processing/trace.ts'
import { openBell } from '../queue/bell.ts'
import {
  deliveryStates,
  listMessages,
  replayMessage,
  showMessage,
  type DeliveryState,
  type MessageJson,
  type MessageTraceJson,
} from '../store/messages.ts'
import { moreFollow, pagingOptions, readPage } from './paging.ts'
import { withStore } from './reach-store.ts'
import { UsageError, type Verb, type VerbCall } from './verb.ts'

export const messages: Verb = {
  name: 'messages',
  summary: 'every message and where it stands; its trace; a second try',
  usage: ['messages [--state STATE]', 'messages show ID', 'messages replay ID'],
  details: [
    `States: ${deliveryStates.join(', ')}.`,
    'show tells the whole way of one message: envelope, tenant, what was seen in it, candidates, decision.',
    'replay puts a failed or unroutable message back to the start, after its cause was mended; and has a waiting one judged again where that failed.',
  ],
  options: { state: { type: 'string', value: 'STATE', help: 'only those in this state' }, ...pagingOptions },
  logs: 'warnings',
  run(call) {
    const [what, id, ...more] = call.positionals
    if (what === undefined) return list(call)
    if (id === undefined || more.length > 0 || (what !== 'show' && what !== 'replay'))
      throw new UsageError(`messages does not know "${call.positionals.join(' ')}"`)
    return what === 'show' ? show(call, id) : replay(call, id)
  },
}

async function list({ options, config, log, output, json }: VerbCall): Promise<number> {
  const state = readState(options.text('state'))
  const page = readPage(options)
  const document = await withStore(config, log, (store) => listMessages(store.database, { ...page, state }))
  if (json) {
    output.json(document)
    return 0
  }
  if (document.messages.length === 0) output.line('There is no message.')
  else output.table(['received (UTC)', 'id', 'from', 'to', 'bytes', 'where it stands'], document.messages.map(rowOf))
  for (const line of moreFollow(document.next)) output.line(line)
  return 0
}

function readState(written: string | null): DeliveryState | undefined {
  if (written === null) return undefined
  const state = deliveryStates.find((known) => known === written)
  if (state === undefined) throw new UsageError(`--state is "${written}"; it may be ${deliveryStates.join(', ')}`)
  return state
}

function rowOf(message: MessageJson): string[] {
  return [
    message.receivedAt.slice(0, 19).replace('T', ' '),
    message.id,
    message.reversePath === null ? '' : message.reversePath || '<>',
    message.forwardPaths.join(', '),
    String(message.bytes),
    message.deliveries.map(whereItStands).join('; '),
  ]
}

function whereItStands({ tenant, state, reason, lead }: MessageJson['deliveries'][number]): string {
  return [state, lead, reason, tenant === null ? null : `at ${tenant}`].filter((part) => part !== null).join(' ')
}

async function show({ config, log, output, json }: VerbCall, id: string): Promise<number> {
  const message = await withStore(config, log, (store) => showMessage(store.database, id))
  if (json) output.json(message)
  else for (const line of describeTrace(message)) output.line(line)
  return 0
}

function describeTrace(message: MessageTraceJson): string[] {
  const rows: readonly (readonly [string, string])[] = [
    ['id', message.id],
    ['Message-ID', message.messageId ?? 'none'],
    ['received', `${message.receivedAt} by ${message.channel}, ${message.bytes} bytes`],
    ['envelope', `from ${message.reversePath === null ? 'unknown' : `<${message.reversePath}>`} to ${message.forwardPaths.join(', ')}`],
    ['client', describeClient(message)],
  ]
  const deliveries = message.deliveries.flatMap((delivery) => [
    `${'delivery'.padEnd(12)}${whereItStands(delivery)}${delivery.detail === null ? '' : `: ${delivery.detail}`} (tried ${delivery.attempts === 1 ? 'once' : `${delivery.attempts} times`})`,
    ...describeSender(delivery.trace),
    ...describeUnderstood(delivery.trace),
    ...(delivery.trace === null
      ? []
      : JSON.stringify(delivery.trace, null, 2)
          .split('\n')
          .map((line) => `  ${line}`)),
  ])
  return [...rows.map(([name, text]) => `${name.padEnd(12)}${text}`), ...deliveries]
}

/** What the checks of the sender found, each with the domain that it is about. An older trace may lack any of it. */
function describeSender(trace: unknown): string[] {
  const { standing, authentication } = (trace ?? {}) as Partial<Pick<Trace, 'standing' | 'authentication'>>
  if (standing === undefined) return []
  const { spf, dkim = [], dmarc, arc, authservId, reasons = [], uncovered = [] } = authentication ?? {}
  const checks = [['SPF', spf], ...dkim.map((signature) => ['DKIM', signature] as const), ['DMARC', dmarc], ['ARC', arc]] as const
  return [
    `${'sender'.padEnd(12)}${standing}${authservId === undefined ? '' : `, by the word of ${authservId}`}`,
    ...checks.flatMap(([name, check]) => (check === undefined ? [] : [`  ${name.padEnd(10)}${describeCheck(check)}`])),
    ...reasons.map((reason) => `  ${reason}`),
    ...(uncovered.length === 0 ? [] : [`  Not covered by that: ${uncovered.join(', ')}.`]),
  ]
}

/** What the mail means beyond its own words: its thread, what it forwards, what it reports. */
function describeUnderstood(trace: unknown): string[] {
  const { thread = [], missingEarlier = 0, forward, automatic, report } = (trace ?? {}) as Partial<Trace>
  const lines: [string, string][] = []
  if (thread.length > 0)
    lines.push(['thread', `answers ${thread.join(' ')}${missingEarlier === 0 ? '' : `; ${missingEarlier} not on file`}`])
  if (forward !== undefined)
    lines.push(['forward', `${forward.how ?? 'unclear'}, of ${forward.author ?? 'nobody'}: ${wordsOfForward[forward.verdict]}`])
  if (automatic != null) lines.push(['machine', automatic])
  if (report !== undefined)
    lines.push(['report', `${report.messageId ?? 'a mail'} did not reach ${report.failed.join(', ') || 'somebody whom it does not name'}`])
  return lines.map(([name, text]) => `${name.padEnd(12)}${text}`)
}

const wordsOfForward: Readonly<Record<ForwardVerdict, string>> = {
  none: 'none',
  filed: 'it is filed in the place of the mail.',
  outside: 'it only proposes, since the mail came from outside.',
  severalAuthors: 'it only proposes, since it is not clear who forwarded it.',
  notFit: 'it only proposes, since nothing proves that a colleague forwarded it.',
  goesToOthers: 'it only proposes, since the mail went to others than colleagues, and is a mail to them.',
  authorUnclear: 'it only proposes, since it does not plainly name one author.',
  tooMany: 'it only proposes, since more mails are attached than are read.',
}

function describeCheck({ result, domain, reason, policy }: CheckedDomain & { readonly policy?: string }): string {
  const asked = policy === undefined ? '' : `, its policy is ${policy}`
  return `${result}${domain === null ? '' : ` for ${domain}`}${asked}${reason === undefined ? '' : ` (${reason})`}`
}

function describeClient(message: MessageTraceJson): string {
  const trust =
    message.authenticatedAs !== null
      ? `signed in as ${message.authenticatedAs}`
      : message.fromTrustedNetwork
        ? 'from a trusted network'
        : 'not trusted'
  return [message.clientAddress, message.heloName, message.tls ?? 'no TLS', trust].filter((part) => part !== null).join(', ')
}

async function replay({ config, log, output, json }: VerbCall, id: string): Promise<number> {
  const replayed = await withStore(config, log, async (store, running) => {
    const count = await replayMessage(store.database, id)
    // Without a running program there is nobody to hear it; the next start looks at the rows anyway.
    if (running !== null) await ringOnce(store.queueConnection.url)
    return count
  })
  if (json) output.json({ id, replayed })
  else output.line(`${replayed} ${replayed === 1 ? 'delivery is' : 'deliveries are'} put back to the start.`)
  return 0

  async function ringOnce(databaseUrl: string): Promise<void> {
    const bell = await openBell({ redisUrl: config.redisUrl, databaseUrl, log })
    await bell.ring()
    await bell.close()
  }
}

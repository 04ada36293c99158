/** `leadpost demo`: shows the program at work on a throw-away folder: a small world, about a hundred mails over SMTP, and what became of each. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSignInLink } from '../accounts/links.ts'
import { hashPassword } from '../accounts/passwords.ts'
import { readConfig, type Config } from '../config.ts'
import { readTenantsFile } from '../leads/read-tenants-file.ts'
import type { Program } from '../main.ts'
import { addressKey } from '../mail/address.ts'
import { explainReason } from '../matching/explain.ts'
import type { ConfirmReason, IgnoreReason } from '../matching/decision.ts'
import { findAccount } from '../store/accounts.ts'
import type { Database } from '../store/database.ts'
import { storeTenants } from '../store/load-tenants.ts'
import type { MessageJson } from '../store/messages.ts'
import { setPasswordHash } from '../store/users.ts'
import { describeCandidate } from './confirmations.ts'
import { openDnsZone } from './dns-zone.ts'
import { peopleOf, whyOf } from './history.ts'
import type { Output } from './output.ts'
import { firstOperatorLines, linkUrl } from './page-links.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import { fixturesFolder, readStories, readStoryZone, signedInUsers, type Story } from './stories.ts'
import { openStorySender, storyEnvironment } from './story-sender.ts'
import { tellStories, type ToldStep } from './tell-stories.ts'
import { UsageError, type Verb, type VerbCall } from './verb.ts'
import { countStates } from './wait-until-settled.ts'

const stallMs = 60_000

export const demo: Verb = {
  name: 'demo',
  summary: 'run it on a throw-away folder, deliver sample mails by SMTP, print what became of each',
  usage: ['demo [--once]'],
  details: ['It listens on free ports and stays up until Ctrl-C, so that you can send your own mail; the folder goes with it.'],
  options: { once: { type: 'boolean', help: 'end after the table; exit status 1 where a mail became something else than its story says' } },
  logs: 'warnings',
  async run(call) {
    if (call.positionals.length > 0) throw new UsageError('demo takes no arguments')
    const dataDir = await mkdtemp(join(tmpdir(), 'leadpost-demo-'))
    const dns = await openDnsZone(readStoryZone())
    try {
      return await showIn(dataDir, dns.server, call)
    } finally {
      await dns.close()
      await removeThrowAway(dataDir)
    }
  },
}

/** As root the database may live elsewhere, behind a link. */
async function removeThrowAway(dataDir: string): Promise<void> {
  const elsewhere = await readlink(join(dataDir, 'postgres')).catch(() => null)
  if (elsewhere !== null) await rm(elsewhere, { recursive: true, force: true })
  await rm(dataDir, { recursive: true, force: true })
}

async function showIn(dataDir: string, dnsServer: string, call: VerbCall): Promise<number> {
  const config = demoConfig(dataDir, dnsServer, call.config)
  let unlike = 0
  const status = await runUntilStopped(config, call.log, async (program) => {
    const told = await showProgram(program, call.output, call.json)
    unlike = told.filter((step) => step.differences.length > 0).length
    if (call.options.has('once')) return 'stop'
    if (!call.json) for (const line of [...invitation(program, config), ...(await pageLines(program, config))]) call.output.line(line)
    return 'stay'
  })
  return unlike > 0 ? 1 : status
}

/** Nothing of the environment but what does not touch anything: the demo must run beside a real installation, and without a network. */
function demoConfig(dataDir: string, dnsServer: string, config: Config): Config {
  const plain = readConfig({ DATA_DIR: dataDir, SMTP_PORT: '0', HTTP_PORT: '0', ...storyEnvironment(dnsServer) })
  return { ...plain, parserThreads: config.parserThreads, logLevel: config.logLevel }
}

async function showProgram(program: Program, output: Output, json: boolean): Promise<ToldStep[]> {
  const stories = readStories()
  const told = await tellDemo(program, stories, json ? () => undefined : (text) => output.say(text))
  const messages = told.flatMap(({ outcome }) => (outcome.message === null ? [] : [outcome.message]))
  if (json) {
    // Oldest first, as in every list.
    const oldestFirst = messages.toSorted((a, b) => (a.id < b.id ? -1 : 1))
    output.json({ messages: oldestFirst, summary: summarise(messages) })
    return told
  }
  output.table(['story', 'mail', 'outcome', 'lead', 'people', 'why'], told.map(rowOf))
  const refused = told.filter(({ outcome }) => outcome.message === null).length
  const counts = Object.entries(summarise(messages)).map(([state, count]) => `${state} ${count}`)
  output.line(`\n${stories.length} stories, ${told.length} mails: ${counts.join(', ')}, refused ${refused}.`)
  const unlike = told.filter((step) => step.differences.length > 0)
  for (const { story, differences } of unlike) output.line(`Not as told: ${story.name}: ${differences.join('; ')}`)
  if (unlike.length === 0) output.line('Every mail became what its story says.')
  return told
}

async function tellDemo(program: Program, stories: readonly Story[], say: (text: string) => void): Promise<ToldStep[]> {
  const [server] = program.smtp
  if (server === undefined) throw new Error('the demo listens for mail')
  const { database } = program.store
  const { tenants } = readTenantsFile(await readFile(join(fixturesFolder, 'world.json'), 'utf8'))
  await storeTenants(database, tenants)
  const passwords = await givePasswords(database, tenants, signedInUsers(stories))
  say(`A world of ${tenants.length} tenants is loaded; delivering ${stories.length} stories to ${server.host} port ${server.port} …`)
  const sender = openStorySender(server, passwords)
  try {
    return await tellStories(stories, sender, database, { stallMs })
  } finally {
    sender.close()
  }
}

/** Random ones, known to nobody but the sender of the stories. */
export async function givePasswords(
  database: Database,
  tenants: readonly { readonly slug: string; readonly users?: readonly { readonly email: string }[] | undefined }[],
  users: readonly string[],
): Promise<Map<string, string>> {
  const passwords = new Map<string, string>()
  for (const { slug, users: known = [] } of tenants) {
    for (const { email } of known.filter((user) => users.includes(user.email))) {
      const password = randomBytes(18).toString('base64url')
      const key = addressKey(email)
      if (key !== null) await setPasswordHash(database, slug, key, await hashPassword(password))
      passwords.set(email, password)
    }
  }
  return passwords
}

function summarise(messages: readonly MessageJson[]): Record<'appended' | 'inReview' | 'ignored' | 'failed', number> {
  return { appended: 0, inReview: 0, ignored: 0, failed: 0, ...countStates(messages) }
}

function rowOf({ story, step, outcome }: ToldStep): string[] {
  const delivery = outcome.message?.deliveries[0]
  const { entry, confirmation } = outcome
  const position = story.steps.length > 1 ? ` (${story.steps.indexOf(step) + 1} of ${story.steps.length})` : ''
  const people = entry === null ? '' : peopleOf(entry).slice(0, 3).join(', ')
  const subject = entry?.subject ?? confirmation?.subject ?? ''
  if (delivery === undefined) return [story.name + position, subject, 'refused', '', '', outcome.reply]
  const outcomeWords = delivery.tenant === null ? delivery.state : `${delivery.state} at ${delivery.tenant}`
  return [story.name + position, subject, outcomeWords, delivery.lead ?? '', people, whyInWords(outcome, delivery.reason)]
}

function whyInWords({ entry, confirmation }: ToldStep['outcome'], reason: string | null): string {
  if (entry !== null) return whyOf(entry)
  if (confirmation !== null) {
    const reasons = confirmation.reasons.map((code) => explainReason(code as ConfirmReason)).join(' ')
    const proposed = confirmation.candidates.slice(0, 2).map(describeCandidate).join(', ')
    return proposed === '' ? reasons : `${reasons} Proposed: ${proposed}`
  }
  return reason === null ? '' : explainReason(reason as IgnoreReason)
}

/** Whom a stranger may be on the page; each link signs in once. */
const demoPeople = [
  ['bernd@xyz.example', 'as the reviewer, who confirms what waits'],
  ['anna@xyz.example', 'as a salesperson'],
  ['clara@xyz.example', 'as the admin'],
] as const

async function pageLines(program: Program, config: Config): Promise<string[]> {
  const { database } = program.store
  const lines = ['\nOpen the page, signed in (each link works once):\n']
  for (const [email, words] of demoPeople) {
    const key = addressKey(email)
    const account = key === null ? null : await findAccount(database, key)
    if (account === null) continue
    const { token } = await createSignInLink(database, account.ref)
    lines.push(`  ${linkUrl(config, program.http, token)}  ${words}`)
  }
  return [...lines, '', ...(await firstOperatorLines(config, database, program.http))]
}

function invitation(program: Program, config: Config): string[] {
  const [server] = program.smtp
  if (server === undefined) return []
  const { host, port } = server
  const crmAddress = config.crmAddresses[0] ?? ''
  return [
    '\nSend one of your own (with swaks, or with curl):\n',
    `  swaks --server ${host}:${port} --from anna@xyz.example --to ${crmAddress} --header "To: eva@acme.example" --header "Subject: XYZ Lead 11111" --body "Hello Eva"\n`,
    `  printf 'From: anna@xyz.example\\nTo: eva@acme.example\\nSubject: XYZ Lead 11111\\n\\nHello Eva\\n' | curl -sS smtp://${host}:${port} --mail-from anna@xyz.example --mail-rcpt ${crmAddress} --crlf -T -\n`,
    'and look at it:\n',
    `  DATA_DIR=${config.dataDir} npm run --silent leadpost -- history --tenant xyz --lead 11111\n`,
    `Health is at ${program.http}/health/ready. Ctrl-C stops, and the folder goes with it.`,
  ]
}

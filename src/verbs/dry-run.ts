/** `leadpost ingest --dry-run`: what would become of each mail, in words, by what is on file now. Nothing is stored and nobody is told. */
import { join } from 'node:path'
import { readTrustedNetworks } from '../intake/trusted-networks.ts'
import { openDnsResolver } from '../processing/dns-resolver.ts'
import { openForesight, type Foreseen, type Foresight } from '../processing/foresee.ts'
import type { FileMail } from './read-mail-file.ts'
import { eachAtOnce } from './read-mail-file.ts'
import { withStore } from './reach-store.ts'
import type { VerbCall } from './verb.ts'

const foreseenAtOnceMax = 8

interface ForeseenJson {
  readonly path: string
  readonly tenant: string | null
  /** As a delivery's: `appended`, `inReview`, `ignored`, `unroutable`, `failed`. */
  readonly state: string
  readonly reason: string | null
  readonly lead: string | null
  /** In words. */
  readonly detail: string | null
}

export async function dryRun(batches: AsyncIterable<FileMail[]>, call: VerbCall): Promise<number> {
  const { config, log, output, json } = call
  const counts: Record<string, number> = {}
  const shown: ForeseenJson[] = []
  await withStore(config, log, async ({ database }) => {
    const resolver = openDnsResolver({ servers: config.dnsServers ?? [] })
    const { crmAddresses, trustedAuthservIds, trustedArcSealers: trustedSealers, authenticationTimeoutMs: timeoutMs } = config
    const senderCheck = { resolver, trustedAuthservIds, trustedSealers, timeoutMs }
    const parser = { threads: config.parserThreads }
    const foresight = await openForesight({
      database,
      options: { crmAddresses, temporaryFolder: join(config.dataDir, 'temporary'), parser, senderCheck },
      log,
    })
    try {
      for await (const batch of batches) {
        for (const line of await eachAtOnce(batch, foreseenAtOnceMax, (mail) => foreseeOne(foresight, mail, call))) {
          counts[line.state] = (counts[line.state] ?? 0) + 1
          if (json) shown.push(line)
          else output.line(describe(line))
        }
      }
    } finally {
      await foresight.close()
      resolver.close()
    }
  })
  if (json) output.json({ dryRun: true, messages: shown, outcomes: counts })
  else {
    const total = Object.entries(counts).map(([state, count]) => `${state} ${count}`)
    output.line(`Nothing was stored. It would be: ${total.length === 0 ? 'nothing' : total.join(', ')}.`)
    output.say('Each mail was judged by what is on file now: an answer to another of these mails does not find it yet.')
  }
  return 0
}

async function foreseeOne(foresight: Foresight, mail: FileMail, { config, options }: VerbCall): Promise<ForeseenJson> {
  const { path, bytes, sha256, envelope } = mail
  if (bytes > config.messageBytesMax) return refused(path, `It is larger than ${config.messageBytesMax} bytes (MESSAGE_BYTES_MAX).`)
  const fromTrustedNetwork = !options.has('untrusted') && readTrustedNetworks(config.trustedNetworks).contains('127.0.0.1')
  const nobody = { clientAddress: null, heloName: null, tls: null, authenticatedAs: null }
  const foreseen = await foresight.foresee({
    channel: 'file',
    receivedAt: new Date(),
    bytes,
    sha256,
    envelope: { ...envelope, ...nobody, fromTrustedNetwork },
    open: () => mail.open(),
  })
  return { path, ...jsonOf(foreseen) }
}

function refused(path: string, detail: string): ForeseenJson {
  return { path, tenant: null, state: 'refused', reason: null, lead: null, detail }
}

function jsonOf(foreseen: Foreseen): Omit<ForeseenJson, 'path'> {
  const none = { tenant: null, reason: null, lead: null }
  if (foreseen.kind === 'failed') return { ...none, state: 'failed', detail: foreseen.detail }
  if (foreseen.kind === 'unroutable') return { ...none, state: 'unroutable', reason: foreseen.reason, detail: foreseen.detail }
  const { tenant, outcome, detail, lead } = foreseen
  switch (outcome.kind) {
    case 'append':
      return { tenant, state: 'appended', reason: null, lead, detail }
    case 'confirm':
      return { tenant, state: 'inReview', reason: outcome.reasons[0] ?? null, lead, detail }
    case 'ignore':
      return { tenant, state: 'ignored', reason: outcome.reason, lead, detail }
    case 'erase':
      return { tenant, state: 'ignored', reason: 'neverLog', lead, detail }
    default:
      return outcome satisfies never
  }
}

function describe({ path, tenant, state, reason, lead, detail }: ForeseenJson): string {
  const what = [state, lead, reason, tenant === null ? null : `at ${tenant}`].filter((part) => part !== null).join(' ')
  // What a mail says must not reach a terminal as control characters.
  return `${path}: ${what}${detail === null ? '' : `. ${detail}`}`.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
}

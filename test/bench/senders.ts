/**
 * (e) What it costs to find out who really sent a mail, and what it means: CPU of the program and of its database for one mail, against the plain path in the
 * same run. The plain path is the same program and the same mail, handed in from a trusted network, so that nobody is asked, with parser threads that read
 * header and parts and understand nothing (plain-thread.ts). The last rows are the whole: mail that is signed and checked, and understood.
 */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { openDnsZone } from '../../src/verbs/dns-zone.ts'
import { newKey, signed } from '../support/signed-mail.ts'
import { benchMessage } from './messages.ts'
import { crmAddress, startProgram, untilSettled, type RunningProgram } from './program.ts'
import { deliver } from './smtp-load.ts'
import { median, print } from './table.ts'

const mailBytes = 4096
const rounds = 3

interface Kind {
  readonly what: string
  readonly program: RunningProgram
  readonly localAddress: string
  readonly make: (n: number) => Promise<Buffer>
  readonly cost: { program: number; both: number }[]
}

export async function benchSenders(mails: number): Promise<void> {
  const key = newKey()
  const dns = await openDnsZone({
    'xyz.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 ip4:127.0.0.3 -all'] },
    '_dmarc.xyz.example': { TXT: ['v=DMARC1; p=reject'] },
    's1._domainkey.xyz.example': { TXT: [key.record] },
  })
  const environment = { TRUSTED_NETWORKS: '127.0.0.1/32', DNS_SERVERS: dns.server }
  const preloaded = pathToFileURL(path.join(import.meta.dirname, 'plain-program.ts')).href
  const plain = await startProgram({ ...environment, NODE_OPTIONS: `--import ${preloaded}` })
  const program = await startProgram(environment)
  try {
    const simple = async (n: number): Promise<Buffer> => benchMessage(n, mailBytes)
    const signedMail = async (n: number): Promise<Buffer> =>
      Buffer.from(await signed(benchMessage(n, mailBytes).toString('latin1'), { domain: 'xyz.example', key }), 'latin1')
    const kinds: readonly Kind[] = [
      { what: 'the plain path: nothing is asked or understood', program: plain, localAddress: '127.0.0.1', make: simple, cost: [] },
      { what: 'understood', program, localAddress: '127.0.0.1', make: simple, cost: [] },
      { what: 'understood, and SPF of the author', program, localAddress: '127.0.0.3', make: simple, cost: [] },
      { what: 'understood, SPF, and one DKIM signature', program, localAddress: '127.0.0.3', make: signedMail, cost: [] },
      { what: 'understood, one DKIM signature, SPF fails', program, localAddress: '127.0.0.2', make: signedMail, cost: [] },
    ]
    const sent = new Map([plain, program].map((each) => [each, 0]))
    for (const kind of kinds) await costPerMail(kind, 1_000, sent) // warm, DNS as well
    for (let round = 0; round < rounds; round++) for (const kind of kinds) kind.cost.push(await costPerMail(kind, mails, sent))
    const of = (kind: Kind | undefined, which: 'program' | 'both'): number => median((kind?.cost ?? []).map((cost) => cost[which]))
    const against = (kind: Kind, which: 'program' | 'both'): string => (of(kind, which) / of(kinds[0], which)).toFixed(2)
    print(
      `(e) who really sent it and what it means: ${String(mailBytes)} byte mails, ${String(rounds)} rounds of ${String(mails)}, medians, warm DNS cache`,
      ['what', 'ms CPU/mail', 'ratio', 'without the database', 'ratio'],
      kinds.map((kind) => [
        kind.what,
        of(kind, 'both').toFixed(3),
        against(kind, 'both'),
        of(kind, 'program').toFixed(3),
        against(kind, 'program'),
      ]),
      'reading the header as the signer did, RSA, and the phrases of many languages',
    )
  } finally {
    await plain.stop()
    await program.stop()
    await dns.close()
  }
}

async function costPerMail(
  { program, localAddress, make }: Kind,
  mails: number,
  sent: Map<RunningProgram, number>,
): Promise<{ program: number; both: number }> {
  const before = sent.get(program) ?? 0
  const messages: Buffer[] = []
  for (let n = 0; n < mails; n++) messages.push(await make(before + n))
  sent.set(program, before + mails)
  const then = program.cpuMs()
  await deliver({
    port: program.smtpPort,
    connections: 20,
    count: mails,
    mailFrom: 'anna@xyz.example',
    rcptTo: crmAddress,
    localAddress,
    message: (n) => messages[n] ?? Buffer.alloc(0),
  })
  await untilSettled(program, before + mails)
  const now = program.cpuMs()
  const ownMs = now.program - then.program
  return { program: ownMs / mails, both: (ownMs + now.database - then.database) / mails }
}

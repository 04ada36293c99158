/** (e) What it costs to find out who really sent a mail: CPU of the program for a mail that is signed and checked, against the same from a trusted network. */
import { openDnsZone } from '../../src/verbs/dns-zone.ts'
import { newKey, signed } from '../support/signed-mail.ts'
import { benchMessage } from './messages.ts'
import { crmAddress, startProgram, untilSettled, type RunningProgram } from './program.ts'
import { deliver } from './smtp-load.ts'
import { median, print } from './table.ts'

const mailBytes = 4096
const rounds = 3

export async function benchSenders(mails: number): Promise<void> {
  const key = newKey()
  const dns = await openDnsZone({
    'xyz.example': { TXT: ['v=spf1 ip4:192.0.2.0/24 ip4:127.0.0.3 -all'] },
    '_dmarc.xyz.example': { TXT: ['v=DMARC1; p=reject'] },
    's1._domainkey.xyz.example': { TXT: [key.record] },
  })
  const program = await startProgram({ TRUSTED_NETWORKS: '127.0.0.1/32', DNS_SERVERS: dns.server })
  try {
    const sent = { count: 0 }
    const signedMail = async (n: number): Promise<Buffer> =>
      Buffer.from(await signed(benchMessage(n, mailBytes).toString('latin1'), { domain: 'xyz.example', key }), 'latin1')
    const kinds = [
      {
        what: 'trusted network, nothing is asked',
        localAddress: '127.0.0.1',
        make: async (n: number) => benchMessage(n, mailBytes),
        cpu: [] as number[],
      },
      { what: 'SPF of the author', localAddress: '127.0.0.3', make: async (n: number) => benchMessage(n, mailBytes), cpu: [] as number[] },
      { what: 'SPF and one DKIM signature', localAddress: '127.0.0.3', make: signedMail, cpu: [] as number[] },
      { what: 'one DKIM signature, SPF fails', localAddress: '127.0.0.2', make: signedMail, cpu: [] as number[] },
    ]
    for (const kind of kinds) await cpuPerMail(program, kind, 300, sent) // warm, DNS as well
    for (let round = 0; round < rounds; round++) for (const kind of kinds) kind.cpu.push(await cpuPerMail(program, kind, mails, sent))
    const plain = median(kinds[0]?.cpu ?? [])
    print(
      `(e) who really sent it: CPU of the program, ${String(mailBytes)} byte mails, ${String(rounds)} rounds of ${String(mails)}, medians, warm DNS cache`,
      ['what', 'ms CPU/mail', 'ratio'],
      kinds.map(({ what, cpu }) => [what, median(cpu).toFixed(3), (median(cpu) / plain).toFixed(2)]),
      'reading the header as the signer did, and RSA',
    )
  } finally {
    await program.stop()
    await dns.close()
  }
}

async function cpuPerMail(
  program: RunningProgram,
  { localAddress, make }: { readonly localAddress: string; readonly make: (n: number) => Promise<Buffer> },
  mails: number,
  sent: { count: number },
): Promise<number> {
  const messages: Buffer[] = []
  for (let n = 0; n < mails; n++) messages.push(await make(sent.count + n))
  sent.count += mails
  const before = program.cpuMs()
  await deliver({
    port: program.smtpPort,
    connections: 20,
    count: mails,
    mailFrom: 'anna@xyz.example',
    rcptTo: crmAddress,
    localAddress,
    message: (n) => messages[n] ?? Buffer.alloc(0),
  })
  await untilSettled(program, sent.count)
  return (program.cpuMs() - before) / mails
}

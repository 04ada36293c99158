/** The checks of `leadpost check` that look at the machine: data folder, ports, certificate, DNS, whom it trusts. */
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { access, constants, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import type { Config } from '../config.ts'
import type { RunFile } from '../http/run-file.ts'
import { readCertificate } from '../intake/certificate.ts'
import { checkLine, type CheckLine } from './check-line.ts'

const freeBytesMin = 1024 * 1024 * 1024
const answerTimeoutMs = 5_000
const gibibyte = 1024 ** 3

/** Networks so wide that strangers are in them. */
const everywhere: ReadonlySet<string> = new Set(['0.0.0.0/0', '::/0'])

export function checkTrust(config: Config): CheckLine {
  const name = 'trust'
  const warning = (words: string, todo: string): CheckLine => ({ name, state: 'warning', words, todo })
  const { trustedNetworks, relayNetworks, proxyNetworks, trustedAuthservIds } = config
  for (const [variable, networks, todo] of [
    ['TRUSTED_NETWORKS', trustedNetworks, "Anybody may then write in anybody's name. Name the networks of your own mail servers."],
    ['PROXY_NETWORKS', proxyNetworks, 'Anybody may then say that he is somebody else. Name your load balancers.'],
    ['RELAY_NETWORKS', relayNetworks, 'Anybody may then write Authentication-Results in the name of your server. Name your mail servers.'],
  ] as const) {
    const wide = networks.filter((network) => everywhere.has(network))
    if (wide.length > 0) return warning(`${variable} holds ${wide.join(', ')}`, todo)
  }
  const results = trustedAuthservIds.join(', ')
  const relays = relayNetworks.length + config.lmtp.places.length > 0
  if (relays && results === '')
    return warning(
      'mail that LMTP or RELAY_NETWORKS hand over is believed by a DKIM signature of its author alone',
      'Name your mail server in TRUSTED_AUTHSERV_IDS where it writes Authentication-Results (README, "Behind a mail server").',
    )
  const passedOn = relays ? `; what LMTP or RELAY_NETWORKS hand over is believed as the Authentication-Results of ${results} say` : ''
  if (trustedNetworks.length === 0)
    return { name, state: 'works', words: `no network is trusted; senders sign in, or SPF and DKIM prove them${passedOn}`, todo: null }
  const unless = results === '' ? '' : `, unless the Authentication-Results of ${results} say otherwise`
  return { name, state: 'works', words: `whoever submits from ${trustedNetworks.join(', ')} is believed${unless}${passedOn}`, todo: null }
}

export function checkDataFolder(config: Config): Promise<CheckLine> {
  const todo = 'Set DATA_DIR to a folder that this user may write.'
  return checkLine('data folder', { state: 'fails', todo }, async () => {
    const folder = await firstExisting(config.dataDir)
    await access(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    const words = `${config.dataDir} is writable, ${(free / gibibyte).toFixed(1)} GiB are free`
    return free >= freeBytesMin ? words : { state: 'warning', words, todo: 'Mail is refused with 452 once the disk is full.' }
  })
}

/** The folder itself, or the closest one above it in which it would be made. */
async function firstExisting(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const exists = await access(at).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
    )
    if (exists || at === dirname(at)) return at
  }
}

export async function checkProgram(running: RunFile): Promise<CheckLine[]> {
  const line = await checkLine('program', { state: 'fails', todo: 'Its log says more.' }, async () => {
    const response = await fetch(new URL('/health/ready', running.http), { signal: AbortSignal.timeout(answerTimeoutMs) })
    const { detail } = (await response.json()) as { detail?: string }
    const lmtp = running.lmtp.map((place) => ('path' in place ? `lmtp ${place.path}` : `lmtp ${place.host}:${place.port}`))
    const places = [running.http, ...running.smtp.map(({ host, port }) => `smtp ${host}:${port}`), ...lmtp]
    const words = `runs as process ${running.pid} since ${running.startedAt}, ${places.join(', ')}`
    return response.ok ? words : { state: 'fails', words: `${words}, but is not ready`, todo: detail ?? null }
  })
  return [line]
}

/** Without a running program: could its ports be had? */
export async function checkPorts(config: Config): Promise<CheckLine[]> {
  const wanted = [
    ...(config.roles.has('smtp') ? [{ name: 'SMTP port', variable: 'SMTP_PORT', host: config.smtp.host, port: config.smtp.port }] : []),
    ...(config.roles.has('smtp') ? config.lmtp.places : []).flatMap((place) =>
      place.kind === 'tcp' ? { name: 'LMTP port', variable: 'LMTP_LISTEN', host: place.host, port: place.port } : [],
    ),
    { name: 'HTTP port', variable: 'HTTP_PORT', ...config.http },
  ]
  return Promise.all(
    wanted.map(({ name, variable, host, port }) =>
      checkLine(
        name,
        { state: 'fails', todo: `See what listens there, or set ${variable} to another port (0: any free one).` },
        async () => {
          if (port === 0) return 'any free one will be taken'
          await listenBriefly(host, port)
          return `${host}:${port} is free`
        },
      ),
    ),
  )
}

async function listenBriefly(host: string, port: number): Promise<void> {
  const server = createServer()
  server.listen({ host, port, exclusive: true })
  await once(server, 'listening')
  server.close()
}

export function checkCertificate(config: Config): Promise<CheckLine> {
  const { tls, name } = config.smtp
  return checkLine(
    'certificate',
    { state: 'fails', todo: 'Give a certificate chain and its key as PEM files that this user may read.' },
    async () => {
      if (tls === null) return 'one of its own is made for STARTTLS'
      await readCertificate({ dataDir: config.dataDir, given: tls, hostName: name })
      return `${tls.certFile} can be used`
    },
  )
}

/** A warning at most: where nobody submits but trusted networks, DNS is not needed. */
export function checkDns(config: Config): Promise<CheckLine> {
  const todo =
    'Mail from trusted networks and signed-in users is not held up by it; of all other mail nobody can say who sent it. See DNS_SERVERS.'
  return checkLine('DNS', { state: 'warning', todo }, async () => {
    const resolver = new Resolver({ timeout: answerTimeoutMs, tries: 1 })
    if (config.dnsServers !== null) resolver.setServers([...config.dnsServers])
    const servers = resolver.getServers().join(', ')
    try {
      await resolver.resolveMx('example.com')
    } catch (error) {
      // An answer that there is no such record is an answer.
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENODATA' && code !== 'ENOTFOUND')
        throw new Error(`${servers} ${servers.includes(',') ? 'do' : 'does'} not answer (${code ?? 'unknown error'})`, { cause: error })
    }
    return `${servers} answers`
  })
}

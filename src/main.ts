/**
 * Opens everything in the order in which a message meets it, and closes it in reverse; the only constructor of the program.
 *
 *     store -> bell -> live events -> processing -> spool -> door -> admission -> SMTP -> IMAP -> HTTP -> run.json
 *
 * The door needs the disk alone: with the database away everything still opens and mail is accepted.
 */
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Config } from './config.ts'
import type { TenantId } from './crm/ids.ts'
import { isFailure, wordsOf } from './failure.ts'
import type { ApiContext } from './http/api-context.ts'
import { openApi } from './http/api.ts'
import { openMessageRoutes } from './http/message-routes.ts'
import { openMailboxGauges, type MailboxReports } from './http/mailbox-health.ts'
import { openMetrics, type Metrics } from './http/metrics.ts'
import { openPageRoutes } from './http/page-routes.ts'
import { measureSpool, readinessParts } from './http/program-parts.ts'
import { newToken, removeRunFile, writeRunFile, type RunFile } from './http/run-file.ts'
import { openHttpServer } from './http/server.ts'
import { openDoor, type Door } from './intake/accept.ts'
import { acceptFile, type HandedIn, type IngestMessage } from './intake/accept-file.ts'
import { openAdmission } from './intake/admit.ts'
import { openImapWatcher } from './intake/imap-watcher.ts'
import type { BoundPlace, ListenPlace, WrittenPlace } from './intake/listen-place.ts'
import { openSenderDirectory } from './intake/sender-directory.ts'
import { openSmtpListener } from './intake/smtp-listener.ts'
import type { SmtpListenerOptions } from './intake/smtp-options.ts'
import { openSpool, type Spool } from './intake/spool.ts'
import { readTrustedNetworks } from './intake/trusted-networks.ts'
import type { Log } from './log.ts'
import { openOutbox, type SendMail } from './outbox/send-mail.ts'
import type { SenderCheckOptions } from './processing/authenticate.ts'
import { openDnsResolver } from './processing/dns-resolver.ts'
import { openHostNameChecks } from './processing/host-name-checks.ts'
import { openOfferSweep } from './processing/offer-sweep.ts'
import { openProcessing, type Processing } from './processing/open-processing.ts'
import { openSearchSweep } from './processing/search-sweep.ts'
import { proveInSession } from './processing/prove-in-session.ts'
import { openBell, type Bell } from './queue/bell.ts'
import { openLiveEvents, type LiveEvents } from './queue/live-events.ts'
import { countFailedOffers } from './store/failed-offers.ts'
import { readMailboxKey } from './store/mailbox-secret.ts'
import { openStore, type Store } from './store/open-store.ts'
import { version } from './version.ts'

/** What every use of the program needs, listening or not. */
export interface Engine {
  readonly store: Store
  readonly bell: Bell
  readonly events: LiveEvents
  /** Null where this process has no role `worker`. */
  readonly processing: Processing | null
  readonly senderCheck: SenderCheckOptions
  readonly spool: Spool
  readonly metrics: Metrics
  readonly door: Door
  /** Takes a mail file of the operator's; resolves once it is durable. */
  readonly handIn: (message: IngestMessage, stream: Readable) => Promise<HandedIn>
  /** The same, answering the id alone. */
  readonly ingest: (message: IngestMessage, stream: Readable) => Promise<string>
  close(): Promise<void>
}

export interface Program extends Engine {
  readonly http: string
  readonly smtp: readonly { readonly host: string; readonly port: number }[]
  readonly lmtp: RunFile['lmtp']
}

/** What was opened so far, closed in reverse; one that cannot be closed does not keep the others open. */
class Opened {
  readonly #closers: { readonly name: string; readonly close: () => Promise<void> | void }[] = []
  readonly #log: Log
  #closing: Promise<void> | null = null
  constructor(log: Log) {
    this.#log = log
  }

  add<T>(name: string, part: T, close: (part: T) => Promise<void> | void): T {
    this.#closers.push({ name, close: () => close(part) })
    return part
  }

  /** Closes once, whoever asks. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll()
    return this.#closing
  }

  async #closeAll(): Promise<void> {
    for (const { name, close } of this.#closers.toReversed()) {
      try {
        await close()
      } catch (error) {
        this.#log.error({ part: name, problem: wordsOf(error) }, 'a part did not close cleanly')
      }
    }
  }
}

/** Store, bell, processing, spool, door and admission, without any listener: what `ingest` without a running program needs. */
export async function openEngine(config: Config, log: Log): Promise<Engine> {
  const opened = new Opened(log)
  try {
    const engine = await openParts(config, log, opened)
    return { ...engine, close: () => opened.close() }
  } catch (error) {
    await opened.close()
    throw error
  }
}

async function openParts(config: Config, log: Log, opened: Opened): Promise<Omit<Engine, 'close'>> {
  const trustedNetworks = readTrustedNetworks(config.trustedNetworks)
  // First of all, since it holds the folder: a second program on it must stop before it touches anything.
  const spool = opened.add('spool', await openSpool({ dataDir: config.dataDir, spoolBytesMax: config.spoolBytesMax, log }), (part) =>
    part.close(),
  )
  const store = opened.add('store', await openStore({ ...config, log, migrate: true }), (part) => part.close())
  const bell = opened.add('bell', await openBell({ redisUrl: config.redisUrl, databaseUrl: store.queueConnection.url, log }), (part) =>
    part.close(),
  )
  const events = opened.add(
    'live events',
    openLiveEvents({ redisUrl: config.redisUrl, databaseUrl: store.queueConnection.url, log }),
    (part) => part.close(),
  )
  const metrics = openMetrics({
    spool: () => measureSpool(spool),
    queueDepth: () => bell.depth(),
    failedOffers: () => countFailedOffers(store.database, null),
  })
  const senderCheck = openSenderCheck(config, opened)
  const processing = config.roles.has('worker')
    ? await openWorker(config, { store, bell, events }, senderCheck, metrics, log, opened)
    : null
  const door = countRefusals(openDoor({ spool, metrics }), metrics)
  // Whatever the roles: what an earlier run left in this folder's spool is moved on.
  opened.add(
    'admission',
    openAdmission({
      spool,
      database: store.database,
      blobs: store.blobs,
      ring: () => bell.ring(),
      taker: processing?.taker ?? null,
      log,
      metrics,
    }),
    (part) => part.close(),
  )
  const handIn = (message: IngestMessage, stream: Readable): Promise<HandedIn> =>
    acceptFile(message, stream, { ...config, trustedNetworks, door })
  const ingest = async (message: IngestMessage, stream: Readable): Promise<string> => (await handIn(message, stream)).id
  return { store, bell, events, processing, senderCheck, spool, metrics, door, handIn, ingest }
}

function openSenderCheck(config: Config, opened: Opened): SenderCheckOptions {
  const resolver = opened.add('DNS', openDnsResolver({ servers: config.dnsServers ?? [] }), (part) => part.close())
  return {
    resolver,
    trustedAuthservIds: config.trustedAuthservIds,
    trustedSealers: config.trustedArcSealers,
    timeoutMs: config.authenticationTimeoutMs,
  }
}

async function openWorker(
  config: Config,
  { store, bell, events }: Pick<Engine, 'store' | 'bell' | 'events'>,
  senderCheck: SenderCheckOptions,
  metrics: Metrics,
  log: Log,
  opened: Opened,
): Promise<Processing> {
  const processing = await openProcessing({
    store,
    bell,
    options: {
      crmAddresses: config.crmAddresses,
      temporaryFolder: join(config.dataDir, 'temporary'),
      parser: { threads: config.parserThreads },
      senderCheck,
    },
    nudge: (tenantId) => events.nudge(tenantId),
    log,
    metrics,
  })
  return opened.add('processing', processing, (part) => part.close())
}

/** Only in a program that stays: proven host names are looked up again from time to time, mail becomes searchable, and what would now match is offered. */
function openBackgroundWork(config: Config, { store, events, processing }: Omit<Engine, 'close'>, log: Log, opened: Opened): void {
  const { database } = store
  const dns = openDnsResolver({ servers: config.dnsServers ?? [] })
  opened.add('host names', openHostNameChecks({ database, dns, log, nudge: () => events.nudge(null) }), async (part) => {
    dns.close()
    await part.close()
  })
  const onNudge = (look: (tenantId: TenantId) => void): (() => void) => events.onOwnNudge((tenantId) => look(tenantId as TenantId))
  opened.add('search', openSearchSweep({ database, onNudge, log }), (part) => part.close())
  if (processing !== null) opened.add('offers', openOfferSweep(processing.context), (part) => part.close())
}

/** The door, with what it takes and refuses counted by channel and reason. */
function countRefusals(door: Door, metrics: Metrics): Door {
  return {
    roomBytes: () => door.roomBytes(),
    holds: (id) => door.holds(id),
    findMarked: (mark) => door.findMarked(mark),
    async accept(channel, envelope, stream, options) {
      try {
        const receipt = await door.accept(channel, envelope, stream, options)
        metrics.accepted(channel)
        return receipt
      } catch (error) {
        metrics.refused(isFailure(error) ? error.code : 'unexpected')
        throw error
      }
    },
  }
}

/**
 * Opens the whole program by its roles and writes run.json once everything listens.
 * @throws PermanentFailure where configuration, data folder, migrations or ports stand in the way; nothing stays open then.
 */
export async function openProgram(config: Config, log: Log): Promise<Program> {
  const opened = new Opened(log)
  try {
    const engine = await openParts(config, log, opened)
    if (config.roles.has('worker')) openBackgroundWork(config, engine, log, opened)
    const { smtp, lmtp } = config.roles.has('smtp') ? await openListeners(config, engine, log, opened) : { smtp: [], lmtp: [] }
    const mailboxes = config.roles.has('imap') ? await openImap(config, engine, log, opened) : null
    const run = await openHttp(config, { ...engine, mailboxes }, { smtp, lmtp }, log, opened)
    await writeRunFile(config.dataDir, run)
    opened.add('run.json', run, () => removeRunFile(config.dataDir, run))
    log.info({ http: run.http, smtp, lmtp, roles: [...config.roles], dataDir: config.dataDir }, 'ready')
    return { ...engine, http: run.http, smtp, lmtp, close: () => opened.close() }
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** SMTP, and LMTP where it is wanted: one door, the same rules. */
async function openListeners(
  config: Config,
  engine: Omit<Engine, 'close'>,
  log: Log,
  opened: Opened,
): Promise<Pick<RunFile, 'smtp' | 'lmtp'>> {
  const common: Omit<SmtpListenerOptions, 'protocol' | 'place'> = {
    name: config.smtp.name,
    crmAddresses: config.crmAddresses,
    messageBytesMax: config.messageBytesMax,
    networks: { trusted: readTrustedNetworks(config.trustedNetworks), relays: readTrustedNetworks(config.relayNetworks) },
    proxies: readTrustedNetworks(config.proxyNetworks),
    certificate: { dataDir: config.dataDir, given: config.smtp.tls },
    limits: { totalMax: config.smtp.connectionsMax },
  }
  const { door, metrics } = engine
  const directory = openSenderDirectory({ database: engine.store.database })
  const proofs = proveInSession(engine.senderCheck)
  const open = async (protocol: 'smtp' | 'lmtp', written: WrittenPlace): Promise<BoundPlace> => {
    const place: ListenPlace = written.kind === 'tcp' ? written : { ...written, mode: config.lmtp.socketMode }
    const listener = await openSmtpListener({ options: { ...common, protocol, place }, door, directory, proofs, log, metrics })
    opened.add(protocol, listener, (part) => part.close({ drainMs: config.stopTimeoutMs }))
    return listener.bound
  }
  const { host, port } = config.smtp
  const smtp = await open('smtp', { kind: 'tcp', host, port })
  const lmtp: RunFile['lmtp'] = []
  for (const written of config.lmtp.places) lmtp.push(placeInRunFile(await open('lmtp', written)))
  return { smtp: smtp.kind === 'tcp' ? [{ host: reachableHost(host), port: smtp.port }] : [], lmtp }
}

function placeInRunFile(bound: BoundPlace): RunFile['lmtp'][number] {
  return bound.kind === 'tcp' ? { host: reachableHost(bound.address), port: bound.port } : { path: bound.path }
}

async function openImap(config: Config, engine: Omit<Engine, 'close'>, log: Log, opened: Opened): Promise<MailboxReports> {
  const { store, door, metrics, events } = engine
  const watcher = await openImapWatcher({ store, door, options: config, log, nudge: (tenantId) => events.nudge(tenantId) })
  opened.add('imap', watcher, (part) => part.close())
  openMailboxGauges(metrics.registry, () => watcher.reports())
  return () => watcher.reports()
}

/** What the HTTP listener tells of. */
type Served = Omit<Engine, 'close'> & { readonly mailboxes: MailboxReports | null }

async function openHttp(
  config: Config,
  engine: Served,
  listening: Pick<RunFile, 'smtp' | 'lmtp'>,
  log: Log,
  opened: Opened,
): Promise<RunFile> {
  const startedAt = new Date().toISOString()
  const token = newToken()
  const { host, port } = config.http
  const parts = readinessParts({ ...engine, redisUrl: config.redisUrl })
  const urlAt = (bound: number): string => `http://${hostAndPort(reachableHost(host), bound)}`
  // Port 0 is known once it listens, which is before anybody asks.
  let http = urlAt(port)
  const server = await openHttpServer({
    host,
    port,
    log,
    startedAt,
    version,
    parts,
    metrics: engine.metrics,
    token,
    ingest: engine.handIn,
    trustedProxies: config.http.trustedProxies,
    ...(config.roles.has('web')
      ? {
          openRoutes: async (routes) => {
            const listeners = (): ReturnType<ApiContext['listeners']> => [
              ...listening.smtp.map((place) => ({ kind: 'smtp' as const, address: hostAndPort(place.host, place.port) })),
              ...listening.lmtp.map((place) => ({
                kind: 'lmtp' as const,
                address: 'path' in place ? place.path : hostAndPort(place.host, place.port),
              })),
              { kind: 'http', address: new URL(http).host },
            ]
            await openApi(routes, openApiContext(config, engine, { log, startedAt, token, parts, listeners }, opened))
            openMessageRoutes(routes, {
              door: engine.door,
              database: engine.store.database,
              crmAddresses: config.crmAddresses,
              messageBytesMax: config.messageBytesMax,
              directory: openSenderDirectory({ database: engine.store.database }),
              proofs: proveInSession(engine.senderCheck),
              log,
            })
            await openPageRoutes(routes)
          },
        }
      : {}),
  })
  opened.add('http', server, (part) => part.close())
  http = urlAt(server.port)
  return { pid: process.pid, http, ...listening, startedAt, version, token, database: engine.store.queueConnection.url }
}

function openApiContext(
  config: Config,
  { store, bell, events, spool, door, metrics }: Omit<Engine, 'close'>,
  known: Pick<ApiContext, 'log' | 'startedAt' | 'token' | 'parts' | 'listeners'>,
  opened: Opened,
): ApiContext {
  return {
    ...known,
    store,
    clock: () => new Date(),
    crmAddresses: config.crmAddresses,
    publicUrl: config.http.publicUrl,
    sendMail: openSendMail(config, known.log, opened),
    nudge: (tenantId) => events.nudge(tenantId),
    events,
    metrics,
    door,
    messageBytesMax: config.messageBytesMax,
    bell,
    // Nothing is remembered: who looks for a record that he has just set wants to know how it is now.
    dns: opened.add('DNS of the API', openDnsResolver({ servers: config.dnsServers ?? [], entriesMax: 0 }), (part) => part.close()),
    mailboxKey: () => readMailboxKey({ dataDir: config.dataDir, given: config.mailboxKey }),
    version,
    spool: () => measureSpool(spool),
    requestsPerMinuteMax: config.http.requestsPerMinuteMax,
  }
}

function openSendMail(config: Config, log: Log, opened: Opened): SendMail | null {
  if (config.outbox === null) return null
  return opened.add('outbox', openOutbox({ ...config.outbox, log }), (part) => part.close()).send
}

function hostAndPort(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}

/** Where a client on the same machine reaches a listener that is bound to every interface. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}

/** Listens for mail by SMTP (RFC 5321) or LMTP (RFC 2033): CRM addresses only, everything bounded, acknowledged once the door has made it durable. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { readCrmAddress } from '../crm/crm-address.ts'
import { isFailure, wordsOf } from '../failure.ts'
import type { Envelope } from '../mail/message.ts'
import { readCertificate } from './certificate.ts'
import { watchCertificate } from './certificate-watch.ts'
import { openConnectionCounts } from './connection-counts.ts'
import { noMetrics, type IntakeMetrics } from './intake-metrics.ts'
import { listenAt, type BoundPlace } from './listen-place.ts'
import { readProxiedClient } from './proxy-client.ts'
import { judgeReport } from './report-judge.ts'
import { judgeProof, judgeSender } from './sender-rules.ts'
import { openSignIn, type SignedInUser } from './sign-in.ts'
import { bendConnection, closeWith, isInData, type ConnectionRules, type SmtpConnection } from './smtp-connection.ts'
import { smtpLimits, type SmtpLimits, type SmtpListenerParts } from './smtp-options.ts'
import { acceptedText, replies, replyForFailure, type SmtpReply } from './smtp-replies.ts'
import { peerOf, peerOnSocket, type Peer } from './smtp-peer.ts'
import { isLoopback, plainAddress } from './trusted-networks.ts'

export interface SmtpListener {
  readonly bound: BoundPlace
  /** Takes no new mail, lets those in DATA come to their end for at most `drainMs`, then ends what is left. */
  close(options: { readonly drainMs: number }): Promise<void>
}

const commandCharactersMax = 4_096
const reversePathCharactersMax = 1_000
/** Sendmail's relics, and what only a proxy of our own could be allowed. */
const commandsNotOffered = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD']

/** @throws PermanentFailure `configurationInvalid` where the place cannot be had or the certificate not be used. */
export async function openSmtpListener(parts: SmtpListenerParts): Promise<SmtpListener> {
  const { options, log } = parts
  const certificateOptions = { ...options.certificate, hostName: options.name }
  const certificate = await readCertificate(certificateOptions)
  const server = new Listener(parts, certificate)
  const bound = await listenAt(server.server, options.place, options.protocol.toUpperCase())
  const renewed = (now: typeof certificate): void => server.updateSecureContext(now)
  const watch = watchCertificate(certificateOptions, certificate, renewed, log, options.certificateCheckMs)
  return {
    bound,
    async close({ drainMs }) {
      await watch.close()
      await server.drain(drainMs)
    },
  }
}

type Callback = (error?: Error | null) => void
/** A text is a 250. */
type MailReply = string | Error

/** smtp-server with our answers; the handlers are in the order in which a client meets them. */
class Listener extends SMTPServer {
  readonly #parts: SmtpListenerParts
  readonly #limits: SmtpLimits
  readonly #metrics: IntakeMetrics
  readonly #counts
  readonly #signIn
  readonly #sockets = new Set<Socket>()
  /** Sockets of load balancers that have not yet said for whom they speak. */
  readonly #unnamed = new Set<Socket>()
  readonly #guests = new WeakMap<SMTPServerSession, { readonly connection: SmtpConnection; readonly peer: Peer }>()
  /** Over LMTP: how many RCPTs of a transaction were accepted. */
  readonly #named = new WeakMap<SMTPServerSession['envelope'], number>()
  #stopping = false

  constructor(parts: SmtpListenerParts, certificate: { readonly key: string; readonly cert: string }) {
    const limits = { ...smtpLimits, ...parts.options.limits }
    super({
      ...certificate,
      minVersion: 'TLSv1.2',
      lmtp: parts.options.protocol === 'lmtp',
      name: parts.options.name,
      banner: 'Leadpost',
      logger: false,
      size: parts.options.messageBytesMax,
      maxRecipients: limits.recipientsMax,
      maxCommandLength: commandCharactersMax,
      socketTimeout: limits.commandTimeoutMs,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      authMethods: ['PLAIN', 'LOGIN'],
      authOptional: true,
      // Who may sign in without TLS is decided for each connection (`signInNeedsTls`).
      allowInsecureAuth: true,
      // Odd sender addresses are no reason to lose a mail; recipients are compared with ours in any case.
      lenientAddressParsing: true,
      disabledCommands: commandsNotOffered,
    })
    this.#parts = parts
    this.#limits = limits
    this.#metrics = parts.metrics ?? noMetrics
    this.#counts = openConnectionCounts(limits)
    this.#signIn = openSignIn({ directory: parts.directory, log: parts.log, metrics: this.#metrics })
    this.on('error', (error) => parts.log.debug({ problem: error.message }, 'SMTP connection failed'))
    this.server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  async drain(drainMs: number): Promise<void> {
    this.#stopping = true
    this.options.closeTimeout = drainMs + 1_000
    const closed = new Promise<void>((resolve) => {
      this.server.once('close', resolve)
    })
    this.close()
    for (const socket of this.#unnamed) socket.destroy()
    for (const connection of this.connections) {
      if (!isInData(connection)) closeWith(connection, replies.stopping)
    }
    const deadline = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy()
    }, drainMs)
    await closed
    clearTimeout(deadline)
  }

  override connect(socket: Socket | TLSSocket): void {
    const { place, protocol, networks, proxies } = this.#parts.options
    const client = plainAddress(socket.remoteAddress ?? '')
    if (place.kind === 'unix') this.#enter(socket, peerOnSocket)
    else if (proxies.contains(client)) void this.#connectProxied(socket, client)
    else this.#enter(socket, peerOf(client, protocol, networks))
  }

  /** A load balancer speaks for somebody; until it has said for whom, it takes a place of its own. */
  async #connectProxied(socket: Socket, proxy: string): Promise<void> {
    const { log, options } = this.#parts
    if (this.#stopping || this.#unnamed.size >= this.#limits.totalMax) {
      refuseAtOnce(socket, this.#stopping ? replies.stopping : replies.tooManyConnections)
      return
    }
    this.#unnamed.add(socket)
    const client = await readProxiedClient(socket, this.#limits.proxyHeaderTimeoutMs)
    this.#unnamed.delete(socket)
    if (client.kind === 'told') {
      this.#enter(socket, peerOf(plainAddress(client.address ?? ''), options.protocol, options.networks))
      return
    }
    if (client.kind === 'gone') {
      socket.destroy()
      return
    }
    log.warn({ proxy, problem: client.why }, 'a connection from PROXY_NETWORKS has no PROXY header that can be read')
    refuseAtOnce(socket, replies.noProxyHeader)
  }

  #enter(socket: Socket | TLSSocket, peer: Peer): void {
    const { signInWithoutTls = 'never', greetingDelay = 'untrusted' } = this.#parts.options
    const isOurs = peer.standing !== 'stranger'
    const place = this.#counts.enter(peer.address, isOurs)
    if (place.kind === 'refused') {
      this.#metrics.count('smtpConnectionsRefused', 1)
      refuseAtOnce(socket, place.why === 'tooMany' ? replies.tooManyConnections : replies.tooFast)
      return
    }
    this.#metrics.count('smtpConnections', 1)
    const rules: ConnectionRules = {
      ...this.#limits,
      greetsAtOnce: isOurs || greetingDelay === 'nobody',
      signInNeedsTls: this.#maySignIn(peer) && !(signInWithoutTls === 'loopback' && isLoopback(peer.address)),
      repliesToMail: (session) => this.#recipientsOf(session),
      onClose: () => place.leave(),
    }
    // The library adds a connection to its set between making and starting it: the moment to bend it.
    const add = this.connections.add.bind(this.connections)
    this.connections.add = (connection) => {
      connection.remoteAddress = peer.address
      bendConnection(connection, rules)
      this.#guests.set(connection.session, { connection, peer })
      connection.session.disabledCommands = this.#commandsNotOffered(peer, !rules.signInNeedsTls)
      return add(connection)
    }
    try {
      super.connect(socket)
    } finally {
      this.connections.add = add
    }
  }

  /** Whoever passes mail on speaks for others: a sign-in of his would make all of it one user's. */
  #maySignIn(peer: Peer): boolean {
    return this.#parts.options.protocol === 'smtp' && peer.standing !== 'relay'
  }

  #commandsNotOffered(peer: Peer, isPrivate: boolean): string[] {
    const { place } = this.#parts.options
    const withoutSignIn = this.#maySignIn(peer) && isPrivate ? [] : ['AUTH']
    return [...commandsNotOffered, ...withoutSignIn, ...(place.kind === 'unix' ? ['STARTTLS'] : [])]
  }

  override onConnect(_session: SMTPServerSession, callback: Callback): void {
    callback(this.#stopping ? refusal(replies.stopping) : null)
  }

  override onSecure(_socket: Socket | TLSSocket, session: SMTPServerSession, callback: Callback): void {
    const guest = this.#guests.get(session)
    if (guest !== undefined) session.disabledCommands = this.#commandsNotOffered(guest.peer, true)
    callback()
  }

  override onAuth(
    auth: SMTPServerAuthentication,
    session: SMTPServerSession,
    callback: (error: Error | null | undefined, response?: { user?: SignedInUser }) => void,
  ): void {
    void this.#checkSignIn(auth, session, callback)
  }

  async #checkSignIn(
    auth: SMTPServerAuthentication,
    session: SMTPServerSession,
    callback: (error: Error | null, response?: { user?: SignedInUser }) => void,
  ): Promise<void> {
    const outcome = await this.#signIn.check(auth.username ?? '', auth.password ?? '', session.remoteAddress)
    if (outcome.kind === 'signedIn') callback(null, { user: outcome.user })
    else callback(refusal(signInReplies[outcome.kind]))
  }

  override onMailFrom(address: { address: string; args: unknown }, _session: SMTPServerSession, callback: Callback): void {
    const announced = Number(((address.args as { SIZE?: string } | false | undefined) || {}).SIZE ?? 0)
    if (address.address.length > reversePathCharactersMax) callback(refusal(replies.senderTooLong))
    else if (announced > this.#parts.door.roomBytes()) callback(refusal(replies.storeFull))
    else callback()
  }

  override onRcptTo(address: { address: string }, session: SMTPServerSession, callback: Callback): void {
    const known = readCrmAddress(address.address, this.#parts.options.crmAddresses) !== null
    if (known && this.#parts.options.protocol === 'lmtp') this.#named.set(session.envelope, (this.#named.get(session.envelope) ?? 0) + 1)
    callback(known ? null : refusal(replies.notACrmAddress))
  }

  /**
   * How many replies a mail has: one, or over LMTP one for each RCPT that was accepted, the same address twice included (RFC 2033 §4.2; the
   * library counts such an address once, and its client would wait for ever).
   */
  #recipientsOf(session: SMTPServerSession): number {
    return this.#parts.options.protocol === 'lmtp' ? (this.#named.get(session.envelope) ?? 1) : 1
  }

  override onData(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: (error?: Error | null, message?: string | MailReply[]) => void,
  ): void {
    const count = this.#recipientsOf(session)
    void this.#takeMail(stream, session, (reply) => {
      if (this.#parts.options.protocol === 'lmtp') callback(null, Array<MailReply>(count).fill(reply))
      else if (typeof reply === 'string') callback(null, reply)
      else callback(reply)
    })
  }

  async #takeMail(stream: SMTPServerDataStream, session: SMTPServerSession, answer: (reply: MailReply) => void): Promise<void> {
    const { door, directory, proofs, options } = this.#parts
    const envelope = this.#envelopeOf(session)
    const { fromTrustedNetwork, reversePath } = envelope
    const submitter = { fromTrustedNetwork, reversePath, signedInTenant: userOf(session)?.tenantId ?? null }
    try {
      const { id } = await door.accept('smtp', envelope, stream, {
        messageBytesMax: options.messageBytesMax,
        judgeHeader: async (lines) => {
          const judgement = await judgeSender(lines, submitter, directory)
          if (judgement === 'accepted') return null
          if (judgement !== 'mustProve') return judgeReport(judgement.unlessOnFile, submitter, directory)
          const proof = proofs.begin(envelope, lines)
          return { push: (chunk) => proof.push(chunk), finish: async () => judgeProof(await proof.verdict()) }
        },
      })
      answer(acceptedText(id))
    } catch (error) {
      // The client goes on sending, and nothing else reads it.
      stream.resume()
      answer(refusal(this.#replyTo(error, session, stream.destroyed)))
    }
    const connection = this.#guests.get(session)?.connection
    if (this.#stopping && connection !== undefined && !isInData(connection)) closeWith(connection, replies.stopping)
  }

  #replyTo(error: unknown, session: SMTPServerSession, brokenOff: boolean): SmtpReply {
    const { log } = this.#parts
    const client = session.remoteAddress
    const reply = replyForFailure(error)
    // The words may name the sender's domain; a log has the code alone.
    if (reply !== null && isFailure(error)) log.info({ client, reply: reply.code, code: error.code }, 'mail refused')
    else if (brokenOff) log.info({ client }, 'mail broken off')
    else log.error({ client, problem: wordsOf(error) }, 'mail could not be taken in')
    return reply ?? replies.troubled
  }

  #envelopeOf(session: SMTPServerSession): Envelope {
    const { mailFrom, rcptTo } = session.envelope
    const cipher = session.tlsOptions
    const standing = this.#guests.get(session)?.peer.standing ?? 'stranger'
    return {
      reversePath: mailFrom === false ? '' : mailFrom.address,
      forwardPaths: rcptTo.map(({ address }) => address),
      clientAddress: session.remoteAddress || null,
      heloName: session.hostNameAppearsAs || null,
      tls: cipher === false || cipher === undefined ? null : `${cipher.version} ${cipher.name}`,
      authenticatedAs: userOf(session)?.email ?? null,
      fromTrustedNetwork: standing === 'trusted',
      relayed: standing === 'relay',
    }
  }
}

function userOf(session: SMTPServerSession): SignedInUser | null {
  return (session.user as SignedInUser | false | undefined) || null
}

const signInReplies = { wrong: replies.signInWrong, tooOften: replies.signInTooOften, unavailable: replies.signInUnavailable } as const

/** Before there is a session. */
function refuseAtOnce(socket: Socket, { code, text }: SmtpReply): void {
  socket.on('error', () => undefined)
  socket.end(`${code} ${text}\r\n`, () => socket.destroy())
}

/** An error that the library answers with this reply. */
function refusal(reply: SmtpReply): Error {
  return Object.assign(new Error(reply.text), { responseCode: reply.code })
}

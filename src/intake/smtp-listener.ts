/** Listens for mail by SMTP (RFC 5321): CRM addresses only, everything bounded, acknowledged once the door has made it durable. */
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { SMTPServer, type SMTPServerAuthentication, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'
import { readCrmAddress } from '../crm/crm-address.ts'
import { isFailure, PermanentFailure, wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Envelope } from '../mail/message.ts'
import type { Door } from './accept.ts'
import { readCertificate, type CertificateOptions } from './certificate.ts'
import { openConnectionCounts, type ConnectionLimits } from './connection-counts.ts'
import { noMetrics, type IntakeMetrics } from './intake-metrics.ts'
import type { SenderDirectory } from './sender-directory.ts'
import type { SenderProofs } from './sender-proof.ts'
import { judgeProof, judgeSender } from './sender-rules.ts'
import { openSignIn, type SignedInUser } from './sign-in.ts'
import { bendConnection, closeWith, isInData, type ConnectionRules, type SmtpConnection } from './smtp-connection.ts'
import { acceptedText, replies, replyForFailure, type SmtpReply } from './smtp-replies.ts'
import { isLoopback, type TrustedNetworks } from './trusted-networks.ts'

export interface SmtpLimits extends ConnectionLimits {
  /** RFC 5321 §4.5.3.1.8 asks for 100 at least. */
  readonly recipientsMax: number
  /** Recipients named, and other commands, since the last mail. */
  readonly recipientCommandsMax: number
  readonly otherCommandsMax: number
  /** RFC 5321 §4.5.3.2.7 asks for five minutes at least. */
  readonly commandTimeoutMs: number
  readonly dataTimeoutMs: number
}

export const smtpLimits: SmtpLimits = {
  totalMax: 500,
  perClientMax: 50,
  perClientMinuteMax: 600,
  recipientsMax: 100,
  recipientCommandsMax: 20_000,
  otherCommandsMax: 1_000,
  commandTimeoutMs: 5 * 60_000,
  dataTimeoutMs: 15 * 60_000,
}

export interface SmtpListenerOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Said in the greeting and in the certificate that we make. */
  readonly name: string
  readonly crmAddresses: readonly AddressKey[]
  readonly messageBytesMax: number
  readonly trustedNetworks: TrustedNetworks
  readonly certificate: Omit<CertificateOptions, 'hostName' | 'now'>
  /** Clients that are not trusted wait 100 ms for the greeting, and who talks before it is sent away; `nobody` waits with this. */
  readonly greetingDelay?: 'untrusted' | 'nobody'
  /** `loopback`: a client on this machine may sign in without TLS. */
  readonly signInWithoutTls?: 'never' | 'loopback'
  readonly limits?: Partial<SmtpLimits>
}

export interface SmtpListenerParts {
  readonly options: SmtpListenerOptions
  readonly door: Door
  readonly directory: SenderDirectory
  /** Asked only for tenants who refuse senders that nothing vouches for. */
  readonly proofs: SenderProofs
  readonly log: Log
  readonly metrics?: IntakeMetrics
}

export interface SmtpListener {
  readonly port: number
  readonly address: string
  /** Takes no new mail, lets those in DATA come to their end for at most `drainMs`, then ends what is left. */
  close(options: { readonly drainMs: number }): Promise<void>
}

const commandCharactersMax = 4_096
const reversePathCharactersMax = 1_000
const certificateCheckMs = 24 * 60 * 60_000
/** Sendmail's relics, and what only a proxy of our own could be allowed. */
const commandsNotOffered = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD']

/** @throws PermanentFailure `configurationInvalid` where the port cannot be had or the certificate not be used. */
export async function openSmtpListener(parts: SmtpListenerParts): Promise<SmtpListener> {
  const { options, log } = parts
  const certificateOptions = { ...options.certificate, hostName: options.name }
  const certificate = await readCertificate(certificateOptions)
  const server = new Listener(parts, certificate)
  const { port, address } = await server.begin()
  const renewal = setInterval(() => {
    readCertificate(certificateOptions).then(
      (renewed) => server.updateSecureContext(renewed),
      (error: unknown) => log.error({ problem: wordsOf(error) }, 'the SMTP certificate could not be read again; the one in use stays'),
    )
  }, certificateCheckMs).unref()
  return {
    port,
    address,
    async close({ drainMs }) {
      clearInterval(renewal)
      await server.drain(drainMs)
    },
  }
}

type Callback = (error?: Error | null) => void

/** smtp-server with our answers; the handlers are in the order in which a client meets them. */
class Listener extends SMTPServer {
  readonly #parts: SmtpListenerParts
  readonly #limits: SmtpLimits
  readonly #metrics: IntakeMetrics
  readonly #counts
  readonly #signIn
  readonly #sockets = new Set<Socket>()
  readonly #connectionOf = new WeakMap<SMTPServerSession, SmtpConnection>()
  #stopping = false

  constructor(parts: SmtpListenerParts, certificate: { readonly key: string; readonly cert: string }) {
    const limits = { ...smtpLimits, ...parts.options.limits }
    super({
      ...certificate,
      minVersion: 'TLSv1.2',
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

  async begin(): Promise<{ port: number; address: string }> {
    const { host, port } = this.#parts.options
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error) => {
        const message = `the SMTP listener cannot have ${host} port ${port}: ${error.message}`
        reject(new PermanentFailure('configurationInvalid', message, { cause: error }))
      })
      this.listen(port, host, resolve)
    })
    const bound = this.server.address() as AddressInfo
    return { port: bound.port, address: bound.address }
  }

  async drain(drainMs: number): Promise<void> {
    this.#stopping = true
    this.options.closeTimeout = drainMs + 1_000
    const closed = new Promise<void>((resolve) => {
      this.server.once('close', resolve)
    })
    this.close()
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
    const { trustedNetworks, signInWithoutTls = 'never', greetingDelay = 'untrusted' } = this.#parts.options
    const client = socket.remoteAddress ?? ''
    const isTrusted = trustedNetworks.contains(client)
    const place = this.#counts.enter(client, isTrusted)
    if (place.kind === 'refused') {
      this.#metrics.count('smtpConnectionsRefused', 1)
      const { code, text } = place.why === 'tooMany' ? replies.tooManyConnections : replies.tooFast
      socket.on('error', () => undefined)
      socket.end(`${code} ${text}\r\n`, () => socket.destroy())
      return
    }
    this.#metrics.count('smtpConnections', 1)
    const rules: ConnectionRules = {
      ...this.#limits,
      greetsAtOnce: isTrusted || greetingDelay === 'nobody',
      signInNeedsTls: !(signInWithoutTls === 'loopback' && isLoopback(client)),
      onClose: () => place.leave(),
    }
    // The library adds a connection to its set between making and starting it: the moment to bend it.
    const add = this.connections.add.bind(this.connections)
    this.connections.add = (connection) => {
      bendConnection(connection, rules)
      this.#connectionOf.set(connection.session, connection)
      connection.session.disabledCommands = rules.signInNeedsTls ? [...commandsNotOffered, 'AUTH'] : commandsNotOffered
      return add(connection)
    }
    try {
      super.connect(socket)
    } finally {
      this.connections.add = add
    }
  }

  override onConnect(_session: SMTPServerSession, callback: Callback): void {
    callback(this.#stopping ? refusal(replies.stopping) : null)
  }

  override onSecure(_socket: Socket | TLSSocket, session: SMTPServerSession, callback: Callback): void {
    session.disabledCommands = commandsNotOffered
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

  override onRcptTo(address: { address: string }, _session: SMTPServerSession, callback: Callback): void {
    const known = readCrmAddress(address.address, this.#parts.options.crmAddresses) !== null
    callback(known ? null : refusal(replies.notACrmAddress))
  }

  override onData(stream: SMTPServerDataStream, session: SMTPServerSession, callback: (error?: Error | null, text?: string) => void): void {
    void this.#takeMail(stream, session, callback)
  }

  async #takeMail(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    callback: (error: Error | null, text?: string) => void,
  ): Promise<void> {
    const { door, directory, proofs, options } = this.#parts
    const envelope = this.#envelopeOf(session)
    const submitter = { fromTrustedNetwork: envelope.fromTrustedNetwork, signedInTenant: userOf(session)?.tenantId ?? null }
    try {
      const { id } = await door.accept('smtp', envelope, stream, {
        messageBytesMax: options.messageBytesMax,
        judgeHeader: async (lines) => {
          if ((await judgeSender(lines, submitter, directory)) === 'accepted') return null
          const proof = proofs.begin(envelope, lines)
          return { push: (chunk) => proof.push(chunk), finish: async () => judgeProof(await proof.verdict()) }
        },
      })
      callback(null, acceptedText(id))
    } catch (error) {
      // The client goes on sending, and nothing else reads it.
      stream.resume()
      callback(refusal(this.#replyTo(error, session, stream.destroyed)))
    }
    const connection = this.#connectionOf.get(session)
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
    return {
      reversePath: mailFrom === false ? '' : mailFrom.address,
      forwardPaths: rcptTo.map(({ address }) => address),
      clientAddress: session.remoteAddress,
      heloName: session.hostNameAppearsAs || null,
      tls: cipher === false || cipher === undefined ? null : `${cipher.version} ${cipher.name}`,
      authenticatedAs: userOf(session)?.email ?? null,
      fromTrustedNetwork: this.#parts.options.trustedNetworks.contains(session.remoteAddress),
    }
  }
}

function userOf(session: SMTPServerSession): SignedInUser | null {
  return (session.user as SignedInUser | false | undefined) || null
}

const signInReplies = { wrong: replies.signInWrong, tooOften: replies.signInTooOften, unavailable: replies.signInUnavailable } as const

/** An error that the library answers with this reply. */
function refusal(reply: SmtpReply): Error {
  return Object.assign(new Error(reply.text), { responseCode: reply.code })
}

/**
 * `POST /api/v1/messages`: a raw message by HTTP, for services that deliver mail by webhook. It ends in the same accept as every other entrance, and is
 * answered 202 once it would survive a power cut.
 *
 *     key (401, 403, 503) > places (429) > envelope (400) > size and kind (413, 415, 507) > header judged (403) > door (507, 503) > 202
 *
 * The key says which tenant the mail may become, and nothing of who wrote it: services relay everybody's mail.
 */
import type { IncomingMessage } from 'node:http'
import { PassThrough, type Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { calls } from '../api/calls.ts'
import type { ApiKeyRole } from '../crm/policy.ts'
import { isFailure, PermanentFailure, TemporaryFailure, wordsOf, type PermanentCode, type TemporaryCode } from '../failure.ts'
import type { AcceptOptions, Door } from '../intake/accept.ts'
import { markOf } from '../intake/mark.ts'
import { openSubmissions } from '../intake/submissions.ts'
import type { Log } from '../log.ts'
import type { AddressKey } from '../mail/address.ts'
import type { Envelope } from '../mail/message.ts'
import type { ApiKeyHolder } from '../store/api-keys.ts'
import type { Database } from '../store/database.ts'
import { openKeyMemory, type KeyMemory } from './key-memory.ts'
import { problemOf, sendProblem, type Problem } from './problem.ts'
import { readSubmitRequest, type SubmitRequest } from './submit-shapes.ts'
import { judgeSubmission, type SubmitJudge } from './submit-rules.ts'

export interface MessageRoutesParts extends SubmitJudge {
  readonly door: Door
  readonly database: Database
  readonly crmAddresses: readonly AddressKey[]
  readonly messageBytesMax: number
  readonly log: Log
  readonly limits?: Partial<SubmitLimits>
}

export interface SubmitLimits {
  /** Mails on their way in at the same time, and of one key. */
  readonly atOnceMax: number
  readonly perKeyAtOnceMax: number
  /** A client that sends nothing for so long has broken off. */
  readonly idleTimeoutMs: number
  /** Of a refused mail, what its sender still sends is thrown away for so long, so that it hears the answer. */
  readonly lingerMs: number
}

export const submitLimits: SubmitLimits = { atOnceMax: 200, perKeyAtOnceMax: 50, idleTimeoutMs: 60_000, lingerMs: 5_000 }

const mayHandIn: readonly ApiKeyRole[] = calls.submitMessage.allow
const kinds = /^message\/(?:rfc822|global)\s*(?:;|$)/i
export const submitPath = '/api/v1/messages'

/** Registers this one route, in a scope of its own: its body is not parsed but streamed. */
export function openMessageRoutes(server: FastifyInstance, parts: MessageRoutesParts): void {
  const submit = openSubmit(parts)
  void server.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.post(submitPath, { config: { call: 'submitMessage' } }, async (request, reply) => {
      try {
        const id = await submit(request)
        return await reply.code(202).header('location', `${submitPath}/${id}`).send({ id })
      } catch (error) {
        return await refuse(request, reply, error, parts)
      }
    })
  })
}

type Submit = (request: FastifyRequest) => Promise<string>

function openSubmit(parts: MessageRoutesParts): Submit {
  const { door, database, crmAddresses } = parts
  const limits = { ...submitLimits, ...parts.limits }
  const keys = openKeyMemory(database)
  const submissions = openSubmissions({ door, database })
  const places = openPlaces(limits)
  return async (request) => {
    const holder = await holderOf(request, keys)
    const leave = places.take(holder.id)
    try {
      const wanted = readSubmitRequest(request.query, request.headers, crmAddresses)
      checkBody(request.raw, parts)
      const envelope = envelopeOf(wanted, holder)
      const options: AcceptOptions = {
        messageBytesMax: parts.messageBytesMax,
        judgeHeader: (lines) => judgeSubmission(lines, envelope, holder.tenantId, parts),
      }
      const body = bodyOf(request.raw, limits.idleTimeoutMs)
      try {
        if (wanted.idempotencyKey === null) return (await door.accept('upload', envelope, body, options)).id
        const mark = markOf('idempotency-key', holder.id, wanted.idempotencyKey)
        return await submissions.accept({ mark, envelope, body, options })
      } finally {
        body.destroy()
      }
    } finally {
      leave()
    }
  }
}

async function holderOf(request: FastifyRequest, keys: KeyMemory): Promise<ApiKeyHolder> {
  const written = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  const holder = written === undefined ? null : await keys.find(written)
  if (holder === null) {
    const words = written === undefined ? 'An API key is missing' : 'The API key is none that counts'
    throw new PermanentFailure('notSignedIn', `${words}; send one as "Authorization: Bearer KEY" (leadpost apikey create makes one).`)
  }
  if (!mayHandIn.includes(holder.role))
    throw new PermanentFailure('notAllowed', `A key with the role "${holder.role}" may not hand in mail.`)
  return holder
}

function openPlaces(limits: SubmitLimits): { take(key: string): () => void } {
  const taken = new Map<string, number>()
  let all = 0
  return {
    take(key) {
      const own = taken.get(key) ?? 0
      if (own >= limits.perKeyAtOnceMax || all >= limits.atOnceMax) {
        throw new TemporaryFailure(
          'tooManyConnections',
          `Too many mails are being handed in at once (${limits.perKeyAtOnceMax} with one key); try again in a moment.`,
        )
      }
      taken.set(key, own + 1)
      all++
      return () => {
        const left = (taken.get(key) ?? 1) - 1
        if (left === 0) taken.delete(key)
        else taken.set(key, left)
        all--
      }
    },
  }
}

/** Sizes that are announced are judged before anything is read. */
function checkBody(request: IncomingMessage, { messageBytesMax, door }: MessageRoutesParts): void {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity', 'content-length': length = '0' } = request.headers
  if (!kinds.test(type)) throw new Refusal(415, 'The body must be a raw message, with Content-Type message/rfc822.')
  if (encoding !== 'identity') throw new Refusal(415, 'The body must come as it is, without Content-Encoding.')
  if (Number(length) > messageBytesMax)
    throw new PermanentFailure('messageTooLarge', `The mail is larger than ${messageBytesMax} bytes, the most that is accepted here.`)
  if (Number(length) > door.roomBytes()) throw new TemporaryFailure('spoolFull', 'There is no room for the mail at the moment.')
}

/** Nobody's network and no sign-in vouch for an author here: SPF cannot be checked, and a key is its owner's, not the author's. */
function envelopeOf({ reversePath, forwardPaths }: SubmitRequest, { tenantId, trustedAuthservId }: ApiKeyHolder): Envelope {
  return {
    reversePath,
    forwardPaths,
    clientAddress: null,
    heloName: null,
    tls: null,
    authenticatedAs: null,
    fromTrustedNetwork: false,
    onlyTenantId: tenantId,
    trustedAuthservId,
  }
}

/**
 * The body as it comes, apart from the request, which stays open for its answer. It fails with a Refusal where the client stalls, and where it
 * breaks off; waits of our own (the disk, an earlier try of the same mail) are no stall.
 */
function bodyOf(request: IncomingMessage, idleTimeoutMs: number): Readable {
  const body = new PassThrough()
  const timer = setTimeout(() => {
    if (body.writableNeedDrain) timer.refresh()
    else body.destroy(new Refusal(408, `Nothing more of the mail came within ${idleTimeoutMs} ms.`))
  }, idleTimeoutMs)
  request.on('data', () => timer.refresh())
  request.once('close', () => {
    if (!request.complete) body.destroy(new Error('the client broke off'))
  })
  body.once('close', () => {
    clearTimeout(timer)
    request.unpipe(body)
  })
  // Whoever reads it hears of it; before and after that nobody is concerned.
  body.on('error', () => undefined)
  return request.pipe(body)
}

/** What HTTP alone has a word for. */
class Refusal extends Error {
  readonly status: number
  constructor(status: number, words: string) {
    super(words)
    this.status = status
  }
}

/** Where the code says more than `problemOf` knows: what the SMTP replies mean (INTERFACE). */
const statusOf: Partial<Record<PermanentCode | TemporaryCode, number>> = {
  notACrmAddress: 400,
  messageMalformed: 400,
  senderDomainUnknown: 403,
  severalTenants: 403,
  senderOfOtherTenant: 403,
  senderNotAuthenticated: 403,
  spoolFull: 507,
  diskFull: 507,
  tooManyConnections: 429,
}

const retryAfterSeconds = 30

async function refuse(request: FastifyRequest, reply: FastifyReply, error: unknown, parts: MessageRoutesParts): Promise<FastifyReply> {
  const { log } = parts
  const isBrokenOff = request.raw.destroyed && !request.raw.complete
  const problem = problemFor(error)
  if (isBrokenOff) log.info({ client: request.ip }, 'an upload was broken off')
  else if (problem.status === 500) log.error({ client: request.ip, problem: wordsOf(error) }, 'a mail could not be taken in')
  else log.info({ client: request.ip, status: problem.status, code: problem.code }, 'an upload was refused')
  linger(request.raw, parts.limits?.lingerMs ?? submitLimits.lingerMs)
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer')
  if (error instanceof TemporaryFailure) void reply.header('retry-after', problem.status === 429 ? 1 : retryAfterSeconds)
  return sendProblem(reply, problem)
}

function problemFor(error: unknown): Problem {
  if (error instanceof Refusal)
    return { status: error.status, title: 'The request cannot be answered', detail: error.message, code: 'requestInvalid' }
  const problem = problemOf(error)
  return isFailure(error) ? { ...problem, status: statusOf[error.code] ?? problem.status } : problem
}

/** Who is refused in the middle of sending would else see a broken connection instead of the answer. */
function linger(request: IncomingMessage, lingerMs: number): void {
  if (request.destroyed) return
  const { socket } = request
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  const stop = (): void => clearTimeout(timer)
  request.once('end', stop).once('close', stop)
  // Taken from its reader for good, whose end would stop it otherwise.
  request.unpipe().resume()
}

/** `POST /api/v1/messages` over real HTTP, on a spool of its own and a database that can be away. */
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify, { type FastifyInstance } from 'fastify'
import { openMessageRoutes, submitPath, type SubmitLimits } from '../../src/http/message-routes.ts'
import { problemOf, sendProblem } from '../../src/http/problem.ts'
import { openDoor } from '../../src/intake/accept.ts'
import { openAdmission, type Admission } from '../../src/intake/admit.ts'
import { openSenderDirectory } from '../../src/intake/sender-directory.ts'
import type { SenderVerdict } from '../../src/intake/sender-proof.ts'
import { openSpool, type Spool, type SpoolHeld } from '../../src/intake/spool.ts'
import { openLog } from '../../src/log.ts'
import { addressKey, type AddressKey, type DomainName } from '../../src/mail/address.ts'
import { createApiKey, type NewApiKey } from '../../src/store/api-keys.ts'
import { openBlobStore } from '../../src/store/blobs.ts'
import { openDatabase, type Database } from '../../src/store/database.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { openTestDatabase, type TestDatabase } from '../support/database.ts'
import { openDatabaseDoor, type DatabaseDoor } from '../support/database-door.ts'

const log = openLog('silent')
export const messageBytesMax = 1024 * 1024
const spoolBytesMax = 3 * 1024 * 1024
export const ours: NewApiKey = { role: 'submit', name: null, expiresAt: null, actor: 'operator' }

export interface Answer {
  readonly status: number
  readonly id: string
  readonly code: string
  readonly detail: string
  readonly headers: Headers
}

export interface Sent {
  readonly query?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array | ReadableStream<Uint8Array>
}

export interface Submitting {
  readonly db: TestDatabase
  readonly gate: DatabaseDoor
  /** A key of the tenant `xyz`. */
  readonly key: string
  /** Of the run that is open now. */
  readonly spool: Spool
  readonly admission: Admission
  /** What a check finds out about whoever must prove himself. */
  verdict: SenderVerdict
  submit(sent?: Sent): Promise<Answer>
  /** A client that begins to send and does not go on. */
  stalling(headers?: string, ofKey?: string): Promise<Socket>
  /** Once everything is admitted. */
  rows(): Promise<Record<string, unknown>[]>
  /** What is left in spool and folder: `nothing`, once a mail was refused. */
  leftovers(): Promise<readonly [SpoolHeld, string[]]>
  /** For a test: empty spool and tables. */
  begin(): Promise<void>
  start(limits?: Partial<SubmitLimits>): Promise<void>
  stop(): Promise<void>
  end(): Promise<void>
  close(): Promise<void>
}

export const nothing: readonly [SpoolHeld, string[]] = [{ messages: 0, bytes: 0, oldestReceivedAt: null }, []]

export function mail(body = 'Hello Eva', from = 'anna@xyz.example', more = ''): string {
  return `From: ${from}\r\nTo: eva@acme.example\r\nSubject: XYZ Lead 11111\r\n${more}\r\n${body}\r\n`
}

/** The mail in pieces, without a size that is announced. */
export function pieces(text: string, bytes: number): ReadableStream<Uint8Array> {
  return ReadableStream.from(
    (async function* () {
      for (let at = 0; at < text.length; at += bytes) yield Buffer.from(text.slice(at, at + bytes))
    })(),
  )
}

interface Run {
  readonly database: Database
  readonly spool: Spool
  readonly admission: Admission
  readonly server: FastifyInstance
  readonly base: string
}

export async function openSubmitting(): Promise<Submitting> {
  const db = await openTestDatabase()
  const gate = await openDatabaseDoor(db.url)
  const tenant = (slug: string): { slug: string; hostNames: { name: DomainName; subdomains: boolean }[] } => ({
    slug,
    hostNames: [{ name: `${slug}.example` as DomainName, subdomains: false }],
  })
  await storeTenants(db.database, [tenant('xyz'), tenant('other'), { ...tenant('strict'), policy: { unauthenticatedSender: 'refuse' } }])
  const { key } = await createApiKey(db.database, 'xyz', ours)
  let dataDir = ''
  let run: Run
  let verdict: SenderVerdict = { kind: 'believed' }

  async function start(limits: Partial<SubmitLimits> = {}): Promise<void> {
    const database = openDatabase({ url: gate.url, log })
    const blobs = await openBlobStore({ dataDir, url: null })
    const spool = await openSpool({ dataDir, spoolBytesMax, log })
    const ring = async (): Promise<void> => undefined
    const admission = openAdmission({ spool, database, blobs, ring, log, retryFirstMs: 5, retryLongestMs: 50 })
    const server = fastify({ logger: false, forceCloseConnections: true })
    server.setErrorHandler((error, _request, reply) => sendProblem(reply, problemOf(error)))
    const proofs = { begin: () => ({ push: () => undefined, verdict: async () => verdict }) }
    const crmAddresses = [addressKey('crm@localhost') as AddressKey]
    const directory = openSenderDirectory({ database, rememberedMs: 0, answerTimeoutMs: 500 })
    openMessageRoutes(server, { door: openDoor({ spool }), database, directory, proofs, crmAddresses, messageBytesMax, log, limits })
    run = { database, spool, admission, server, base: await server.listen({ host: '127.0.0.1', port: 0 }) }
  }
  async function stop(): Promise<void> {
    await run.server.close()
    await run.admission.close()
    // A test may have closed it.
    await run.spool.close().catch(() => undefined)
    await run.database.close()
  }
  return {
    db,
    gate,
    key,
    get spool() {
      return run.spool
    },
    get admission() {
      return run.admission
    },
    get verdict() {
      return verdict
    },
    set verdict(next) {
      verdict = next
    },
    async submit({ query = '?mailFrom=anna%40xyz.example&rcptTo=crm%40localhost', headers = {}, body = mail() } = {}) {
      const response = await fetch(run.base + submitPath + query, {
        method: 'POST',
        headers: { 'content-type': 'message/rfc822', authorization: `Bearer ${key}`, ...headers },
        body: body as string,
        duplex: 'half',
      })
      const answer = (await response.json()) as Omit<Answer, 'status' | 'headers'>
      return { status: response.status, headers: response.headers, ...answer }
    },
    async stalling(headers = '', ofKey = key) {
      const socket = connect(Number(new URL(run.base).port), '127.0.0.1')
      socket.on('error', () => undefined)
      await once(socket, 'connect')
      socket.write(
        `POST ${submitPath}?rcptTo=crm%40localhost HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ofKey}\r\nContent-Type: message/rfc822\r\n` +
          `Content-Length: 500000\r\n${headers}\r\n${mail('x'.repeat(100_000))}`,
      )
      return socket
    },
    async rows() {
      await run.admission.settled()
      return await db.owner(
        `SELECT id, channel, reverse_path, forward_paths, only_tenant_id, from_trusted_network, authenticated_as, client_address,
           trusted_authserv_id, bytes::int FROM inbound_message ORDER BY id`,
      )
    },
    leftovers: async () => [run.spool.held(), await readdir(join(dataDir, 'spool/bodies'))],
    async begin() {
      await db.owner('TRUNCATE inbound_message CASCADE')
      gate.set('open')
      verdict = { kind: 'believed' }
      dataDir = await mkdtemp(join(tmpdir(), 'leadpost-submit-'))
      await start()
    },
    start,
    stop,
    async end() {
      await stop()
      await rm(dataDir, { recursive: true, force: true })
    },
    async close() {
      await gate.close()
      await db.close()
    },
  }
}

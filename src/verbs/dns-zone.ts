/** A DNS server on loopback for the stories and the tests, whose zone tells NXDOMAIN, NODATA, SERVFAIL and silence apart: it stands at the wire, and nobody else is asked. */
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { createServer, Packet } from 'dns2'
import type { RecordType } from '../processing/dns-resolver.ts'

/** What a name answers. A failure in the place of records is for that type, `every` for whatever is not listed. */
export type Trouble = 'SERVFAIL' | 'REFUSED' | 'TIMEOUT'
export interface ZoneName {
  readonly A?: readonly string[] | Trouble
  readonly AAAA?: readonly string[] | Trouble
  readonly CNAME?: readonly string[] | Trouble
  readonly MX?: readonly (readonly [priority: number, exchange: string])[] | Trouble
  readonly PTR?: readonly string[] | Trouble
  /** Each a whole record; cut into character-strings of 255 octets on the wire. U+0080–U+00FF are octets. */
  readonly TXT?: readonly string[] | Trouble
  readonly every?: Trouble
  /** Whatever stands here, it is SERVFAIL for so many milliseconds after the first question. */
  readonly failsForMs?: number
}
export type Zone = Readonly<Record<string, ZoneName>>

export interface DnsZone {
  /** `127.0.0.1:port`, for UDP and TCP alike. */
  readonly server: string
  /** Every question that reached the server, in order: `name TYPE`, and over which transport. */
  readonly asked: readonly { readonly question: string; readonly over: 'udp' | 'tcp' }[]
  /** Replaces the whole zone. */
  serve(zone: Zone): void
  close(): Promise<void>
}

const ttlSeconds = 60
type DnsServer = ReturnType<typeof createServer>
type Handler = NonNullable<Parameters<typeof createServer>[0]['handle']>
type Resource = ReturnType<typeof Packet.createResponseFromRequest>['answers'][number]

export async function openDnsZone(zone: Zone = {}): Promise<DnsZone> {
  let names = namesOf(zone)
  const asked: { question: string; over: 'udp' | 'tcp' }[] = []
  const firstAskedAt = new Map<string, number>()
  const isFailing = (name: string): boolean => {
    const since = firstAskedAt.get(name) ?? performance.now()
    firstAskedAt.set(name, since)
    return performance.now() - since < (names.get(name)?.failsForMs ?? 0)
  }
  const handle: Handler = (request, send, client) => {
    const [question] = request.questions
    if (question === undefined) return
    const type = typeNames.get(question.type) ?? 'A'
    const name = question.name.toLowerCase()
    asked.push({ question: `${name} ${type}`, over: 'remoteAddress' in client ? 'tcp' : 'udp' })
    const response = Packet.createResponseFromRequest(request)
    const found = isFailing(name) ? 'SERVFAIL' : answerOf(names, name, type)
    if (found === 'TIMEOUT') return
    if (typeof found === 'string') response.header.rcode = rcodes[found]
    else
      for (const data of found)
        response.answers.push({ name: question.name, type: question.type, class: 1, ttl: ttlSeconds, ...data } as Resource)
    void send(response)
  }
  const { server, port } = await listenOnOnePort(handle)
  return {
    server: `127.0.0.1:${port}`,
    asked,
    serve: (next) => {
      names = namesOf(next)
    },
    close: async () => {
      await server.close()
    },
  }
}

const rcodes = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const
const typeNames = new Map<number, RecordType>([
  [1, 'A'],
  [5, 'CNAME'],
  [12, 'PTR'],
  [15, 'MX'],
  [16, 'TXT'],
  [28, 'AAAA'],
])

const portTriesMax = 20

/** TCP and UDP must share a port, since a resolver comes back there for what was truncated; a port that one has free may be taken for the other. */
async function listenOnOnePort(handle: Handler): Promise<{ server: DnsServer; port: number }> {
  for (let tries = 1; ; tries++) {
    const server = createServer({ udp: true, tcp: true, handle })
    const { udp, tcp } = (server as unknown as { servers: { udp: Socket; tcp: Server } }).servers
    server.on('error', () => undefined)
    tcp.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    const { port } = tcp.address() as AddressInfo
    // dns2 wraps listen() in a promise that never settles where the port is taken.
    udp.bind(port, '127.0.0.1')
    const free = await once(udp, 'listening').then(
      () => true,
      () => false,
    )
    if (free) return { server, port }
    tcp.close()
    if (tries >= portTriesMax) throw new Error(`no port was free for both UDP and TCP in ${portTriesMax} tries`)
  }
}

function namesOf(zone: Zone): Map<string, ZoneName> {
  return new Map(Object.entries(zone).map(([name, records]) => [name.toLowerCase().replace(/\.$/, ''), records]))
}

function answerOf(
  names: ReadonlyMap<string, ZoneName>,
  name: string,
  type: RecordType,
): readonly Partial<Resource>[] | Trouble | 'NXDOMAIN' {
  const records = names.get(name)
  if (records === undefined) {
    // RFC 8020: a name below which others stand exists, though it has no records.
    const exists = [...names.keys()].some((other) => other.endsWith(`.${name}`))
    return exists ? [] : 'NXDOMAIN'
  }
  const found = records[type]
  if (found === undefined) return records.every ?? []
  if (typeof found === 'string') return found
  return found.map((record) => {
    if (typeof record !== 'string') return { priority: record[0], exchange: record[1] }
    if (type === 'TXT') return { data: characterStrings(record) as unknown as string[] }
    return type === 'A' || type === 'AAAA' ? { address: record } : { domain: record }
  })
}

function characterStrings(record: string): Buffer[] {
  const octets = Buffer.from(record, 'latin1')
  const strings: Buffer[] = []
  for (let at = 0; at < octets.length || at === 0; at += 255) strings.push(octets.subarray(at, at + 255))
  return strings
}

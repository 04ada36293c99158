/**
 * The HTTP listener: health, metrics, the operator's door for mail files, and what else is opened in it (the API, the page). The path of a request:
 * route > (loopback and token, where internal) > query checked > one call > answer; every failure leaves through `problemOf`.
 */
import type { Readable } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import type { HandedIn, IngestMessage } from '../intake/accept-file.ts'
import type { Log } from '../log.ts'
import { openIngestRoute } from './ingest-route.ts'
import type { Metrics } from './metrics.ts'
import { problemOf, sendProblem } from './problem.ts'
import { checkReadiness, type ReadinessPart } from './readiness.ts'

export interface HttpOptions {
  readonly host: string
  readonly port: number
  readonly log: Log
  readonly startedAt: string
  readonly version: string
  readonly parts: readonly ReadinessPart[]
  readonly metrics: Metrics
  readonly token: string
  readonly ingest: (message: IngestMessage, stream: Readable) => Promise<HandedIn>
  /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; none by default. */
  readonly trustedProxies?: readonly string[]
  /** Opens further routes before the listener takes its first request. */
  readonly openRoutes?: (server: FastifyInstance) => Promise<void>
}

export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

/** A client that does not send its whole request within this is let go. */
const requestTimeoutMs = 300_000
const bodyBytesMax = 1024 * 1024
/** Of one part of a path: a host name or a link's token may be long, an id is not. */
const pathPartCharactersMax = 300

export async function openHttpServer(options: HttpOptions): Promise<HttpServer> {
  const server = fastify({
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    trustProxy: [...(options.trustedProxies ?? [])],
    routerOptions: { maxParamLength: pathPartCharactersMax },
  })
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (problem.status === 500)
      options.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed unexpectedly')
    return sendProblem(reply, problem)
  })
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, {
      status: 404,
      title: 'There is nothing here',
      detail: request.url.startsWith('/api/')
        ? `There is no call ${request.method} ${pathOf(request.url)}; /api/docs shows those that there are.`
        : 'Known paths: /health/live, /health/ready, /metrics, /api/docs.',
      code: 'notFound',
    }),
  )
  openHealthRoutes(server, options)
  openIngestRoute(server, options.token, options.ingest)
  await options.openRoutes?.(server)
  await server.listen({ host: options.host, port: options.port })
  const address = server.server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : options.port, close: () => server.close() }
}

/** Without the query, in which somebody may have put what is nobody's business. */
function pathOf(url: string): string {
  return (url.split('?', 1)[0] ?? '').slice(0, pathPartCharactersMax)
}

function openHealthRoutes(server: FastifyInstance, options: HttpOptions): void {
  server.get('/health/live', () => ({ status: 'live', startedAt: options.startedAt, version: options.version }))
  server.get('/health/ready', async (_request, reply) => {
    const parts = await checkReadiness(options.parts)
    const failed = parts.filter((part) => !part.ok && part.required !== false)
    if (failed.length === 0) return { status: 'ready', parts }
    const detail = failed.map((part) => `${part.name}: ${part.words}`).join('; ')
    return sendProblem(reply, { status: 503, title: 'Not ready', detail, code: 'notReady' }, { parts })
  })
  server.get('/metrics', async (_request, reply) => {
    const text = await options.metrics.registry.metrics()
    return reply.type(options.metrics.registry.contentType).send(text)
  })
}

/**
 * The HTTP listener: health, metrics, and the operator's door for mail files. The path of a request: route > (loopback and token, where internal) >
 * query checked > one call > answer; every failure leaves through `problemOf`.
 */
import type { Readable } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import type { Log } from '../log.ts'
import { openIngestRoute, type IngestMessage } from './ingest-route.ts'
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
  readonly ingest: (message: IngestMessage, stream: Readable) => Promise<string>
}

export interface HttpServer {
  readonly port: number
  close(): Promise<void>
}

/** A client that does not send its whole request within this is let go. */
const requestTimeoutMs = 300_000
const bodyBytesMax = 1024 * 1024

export async function openHttpServer(options: HttpOptions): Promise<HttpServer> {
  const server = fastify({ logger: false, bodyLimit: bodyBytesMax, requestTimeout: requestTimeoutMs, forceCloseConnections: true })
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error)
    if (problem.status === 500)
      options.log.error({ err: error, method: request.method, route: request.routeOptions.url }, 'a request failed unexpectedly')
    return sendProblem(reply, problem)
  })
  server.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, {
      status: 404,
      title: 'There is nothing here',
      detail: 'Known paths: /health/live, /health/ready, /metrics.',
      code: 'notFound',
    }),
  )
  openHealthRoutes(server, options)
  openIngestRoute(server, options.token, options.ingest)
  await server.listen({ host: options.host, port: options.port })
  const address = server.server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : options.port, close: () => server.close() }
}

function openHealthRoutes(server: FastifyInstance, options: HttpOptions): void {
  server.get('/health/live', () => ({ status: 'live', startedAt: options.startedAt, version: options.version }))
  server.get('/health/ready', async (_request, reply) => {
    const parts = await checkReadiness(options.parts)
    const failed = parts.filter((part) => !part.ok)
    if (failed.length === 0) return { status: 'ready', parts }
    const detail = failed.map((part) => `${part.name}: ${part.words}`).join('; ')
    return sendProblem(reply, { status: 503, title: 'Not ready', detail, code: 'notReady' }, { parts })
  })
  server.get('/metrics', async (_request, reply) => {
    const text = await options.metrics.registry.metrics()
    return reply.type(options.metrics.registry.contentType).send(text)
  })
}

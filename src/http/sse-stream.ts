/** An open stream of Server-Sent Events, whatever it tells: how it begins, is written to, kept alive, and let go. */
import type { ServerResponse } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { TooManyRequests } from '../failure.ts'
import type { Caller, Guard } from './api-call.ts'

/** Streams of one process, and of one caller: a browser has one for all its tabs. */
export const streamsMax = 2_000
export const streamsOfCallerMax = 10
/** Proxies end what is silent for a minute. With it goes the question whether the caller may still watch. */
export const keepAliveMs = 20_000
/** A client waits so long before it connects anew. */
const retryMs = 2_000
/** Whoever has not taken so much is let go, and comes back when he can. */
const unreadBytesMax = 256 * 1024
const refusedRetryS = 10

export interface Stream {
  readonly response: ServerResponse
  readonly request: FastifyRequest
  readonly caller: Caller
}

/** @throws TooManyRequests where this caller, or all together, have as many as is good. */
export function checkRoom(open: ReadonlySet<Stream>, caller: Caller): void {
  const own = [...open].filter((stream) => stream.caller.actor === caller.actor).length
  if (own >= streamsOfCallerMax)
    throw new TooManyRequests(`You listen in ${String(own)} places already; close one of them, or share one stream.`, refusedRetryS)
  if (open.size >= streamsMax)
    throw new TooManyRequests(`${String(open.size)} listen already, which is all that this server takes.`, refusedRetryS)
}

/** From here on nothing can be answered but events. */
export function beginStream(reply: FastifyReply): ServerResponse {
  reply.hijack()
  reply.raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    'x-content-type-options': 'nosniff',
  })
  reply.raw.write(`retry: ${retryMs}\n\n`)
  return reply.raw
}

export function write({ response }: Stream, text: string): void {
  if (response.writableEnded || response.destroyed) return
  response.write(text)
  if (response.writableLength > unreadBytesMax) response.destroy()
}

/** Where the reader stopped; null for one who comes for the first time. */
export function lastIdOf(request: FastifyRequest): string | null {
  const id = request.headers['last-event-id']
  return typeof id === 'string' && id !== '' ? id : null
}

/** Whoever signed out, was disabled or has another role now is let go; the others hear that they are still connected. */
export async function checkStreams(streams: Iterable<Stream>, guard: Guard): Promise<void> {
  for (const stream of streams) {
    const now = await guard(stream.request).catch(() => null)
    if (now === null || now.role !== stream.caller.role || now.tenant?.id !== stream.caller.tenant?.id) stream.response.end()
    else write(stream, ':\n\n')
  }
}

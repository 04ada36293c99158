/** How often the API may be asked: by one caller, and from one address whoever it is. Counted per process, over the last minute. */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import rateLimit from '@fastify/rate-limit'
import { TooManyRequests } from '../failure.ts'
import type { Caller, Guard } from './api-call.ts'

const windowMs = 60_000
/** A whole office may stand behind one address, so it has this many times what one caller has. */
export const callersPerAddress = 5
/** Callers and addresses that are remembered; the oldest are forgotten first. */
const remembered = 20_000

/**
 * Refuses an address that asks too often (before anything else is looked at), and answers a guard that refuses a caller who does.
 * Both throw TooManyRequests: 429 with Retry-After.
 */
export async function limitRequests(server: FastifyInstance, guard: Guard, perMinuteMax: number): Promise<Guard> {
  await server.register(rateLimit, { global: false, cache: remembered })
  const callers = new WeakMap<FastifyRequest, Caller>()
  const ofAddress = server.createRateLimit({
    max: perMinuteMax * callersPerAddress,
    timeWindow: windowMs,
    keyGenerator: (request) => `address ${request.ip}`,
  })
  const ofCaller = server.createRateLimit({
    max: perMinuteMax,
    timeWindow: windowMs,
    keyGenerator: (request) => `caller ${callers.get(request)?.sessionId ?? callers.get(request)?.actor ?? ''}`,
  })

  async function check(limit: typeof ofAddress, request: FastifyRequest, who: string): Promise<void> {
    const state = await limit(request)
    if (state.isAllowed || !state.isExceeded) return
    throw new TooManyRequests(
      `${who} made more than ${String(state.max)} requests within a minute; wait ${String(state.ttlInSeconds)} s`,
      state.ttlInSeconds,
    )
  }

  server.addHook('onRequest', async (request) => {
    await check(ofAddress, request, 'Your address')
  })
  return async (request) => {
    const caller = await guard(request)
    if (caller === null) return null
    callers.set(request, caller)
    await check(ofCaller, request, 'You')
    return caller
  }
}

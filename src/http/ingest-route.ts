/** `POST /internal/ingest`: the operator on this machine hands a mail file to the running program, which owns the spool. Ends in the same accept as every other entrance. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { PermanentFailure } from '../failure.ts'
import type { HandedIn, IngestMessage } from '../intake/accept-file.ts'
import { readMark } from '../intake/mark.ts'
import { isLoopback } from '../intake/trusted-networks.ts'

const recipientsMax = 1_000

const querySchema = z.object({
  mailFrom: z.string().optional(),
  rcptTo: z
    .union([z.string(), z.array(z.string()).max(recipientsMax)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .refine((value) => value.length > 0, 'rcptTo is missing'),
  untrusted: z.literal('1').optional(),
  mark: z
    .string()
    .transform(readMark)
    .refine((mark) => mark !== null, 'mark is none')
    .optional(),
})

/** @param accept resolves once it is durable. */
export function openIngestRoute(
  server: FastifyInstance,
  token: string,
  accept: (message: IngestMessage, stream: Readable) => Promise<HandedIn>,
): void {
  // The body is handed on as it streams in; the door bounds its size.
  server.addContentTypeParser('message/rfc822', (_request, payload, done) => done(null, payload))
  server.post('/internal/ingest', async (request, reply) => {
    authorise(request, token)
    const query = querySchema.safeParse(request.query)
    if (!query.success)
      throw new PermanentFailure('inputInvalid', query.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
    if (!(request.body instanceof Readable))
      throw new PermanentFailure('inputInvalid', 'the body must be a raw message with Content-Type message/rfc822')
    const { mailFrom = null, rcptTo, untrusted, mark } = query.data
    const message = { reversePath: mailFrom, forwardPaths: rcptTo, untrusted: untrusted === '1', ...(mark === undefined ? {} : { mark }) }
    return reply.code(202).send(await accept(message, request.body))
  })
}

/** Both are asked for: the key stands in a file of the owner's alone, and it is no key for the network. */
function authorise(request: FastifyRequest, token: string): void {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  if (!isLoopback(request.ip) || !timingSafeEqual(digest(given), digest(token)))
    throw new PermanentFailure('notAllowed', 'only the operator on the same machine may do this, with the token of run.json')
}

/** Equal lengths for the comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

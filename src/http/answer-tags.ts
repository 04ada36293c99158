/** ETags of JSON answers (RFC 9110 §8.8.3), so that what has not changed is not sent again; and no cache but the asker's own keeps any. */
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'

export function tagAnswers(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply, payload) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'private, no-cache')
    if (request.method !== 'GET' || reply.statusCode !== 200 || typeof payload !== 'string') return payload
    // Weak: what a proxy compresses is still the same answer.
    const tag = `W/"${createHash('sha256').update(payload).digest('base64url').slice(0, 22)}"`
    reply.header('etag', tag)
    if (!namesTag(request.headers['if-none-match'], tag)) return payload
    reply.code(304)
    reply.removeHeader('content-length')
    return null
  })
}

function namesTag(written: string | undefined, tag: string): boolean {
  return written !== undefined && written.split(',').some((one) => one.trim() === tag)
}

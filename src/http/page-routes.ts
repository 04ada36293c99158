/**
 * Serves the built page (dist/web): its files for good (their names change with their content), compressed beforehand, and index.html for every other
 * path that is nobody's, since the page reads the address itself. Under a strict Content-Security-Policy: only own scripts, no inline ones, nothing from elsewhere.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import files from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PermanentFailure } from '../failure.ts'

const builtPage = fileURLToPath(new URL('../../dist/web', import.meta.url))
/** What is not the page's: an unknown path below these is answered by the server's own 404. */
const othersPaths = /^\/(?:api|health|metrics|internal)(?:[/?]|$)/

/** Styles may be inline: Mantine sets its colours so. Frames are for mails, which come under a policy of their own. */
const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

const pageHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
} as const

const foreverSeconds = 31_536_000
const shortSeconds = 3_600

/** Opens the page's routes; call it last. `folder` holds what src/web/build.ts made; where nothing was built, a page says what to do. */
export async function openPageRoutes(server: FastifyInstance, folder: string = builtPage): Promise<void> {
  await server.register(async (page) => {
    page.addHook('onRequest', async (_request, reply) => {
      reply.headers(pageHeaders)
    })
    // Whether or not it is built already: it may be while the program runs.
    await page.register(files, {
      root: join(folder, 'assets'),
      prefix: '/assets/',
      preCompressed: true,
      immutable: true,
      maxAge: foreverSeconds * 1_000,
      index: false,
      decorateReply: false,
    })
    for (const file of ['favicon.svg', 'early.js']) openFile(page, folder, file)
    page.get('/*', { exposeHeadRoute: true }, (request, reply) => sendIndex(request, reply, folder))
  })
}

/** The few files whose names do not change. */
function openFile(page: FastifyInstance, folder: string, name: string): void {
  page.get(`/${name}`, async (_request, reply) => {
    const content = await readFile(join(folder, name)).catch(() => null)
    if (content === null) throw new PermanentFailure('notFound', `The page is not built, so there is no ${name}; run "npm run build"`)
    return reply
      .type(name.endsWith('.svg') ? 'image/svg+xml' : 'text/javascript; charset=utf-8')
      .header('cache-control', `public, max-age=${shortSeconds}`)
      .send(content)
  })
}

async function sendIndex(request: FastifyRequest, reply: FastifyReply, folder: string): Promise<FastifyReply> {
  if (othersPaths.test(request.url)) {
    for (const name of Object.keys(pageHeaders)) reply.removeHeader(name)
    reply.callNotFound()
    return reply
  }
  reply.type('text/html; charset=utf-8').header('cache-control', 'no-store')
  // Read each time: it is small, and a page that was built meanwhile is shown without a restart.
  const index = await readFile(join(folder, 'index.html')).catch(() => null)
  return index === null ? reply.code(503).send(notBuilt) : reply.send(index)
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Leadpost</title>
<h1>The page is not built</h1>
<p>Leadpost runs and takes mail. Its page is missing from this installation: run <code>npm run build</code> in its folder, then start it again.</p>
</html>
`

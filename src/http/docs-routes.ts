/** /api/docs: the OpenAPI document, and a page that shows it. The page's files are ours: nothing is asked of anybody else. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { openApiDocument } from './openapi.ts'

export const docsPath = '/api/docs'

/** Scripts and styles of the page alone; it styles its own elements, which no hash could name. It calls this server and nobody else. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

export async function openDocsRoutes(server: FastifyInstance, version: string): Promise<void> {
  const document = openApiDocument(version)
  await server.register(async (docs) => {
    docs.addHook('onRequest', async (_request, reply) => {
      reply.headers({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'content-security-policy': pagePolicy })
    })
    await docs.register(swagger, { mode: 'static', specification: { document: document as never } })
    docs.get(`${docsPath}/openapi.json`, () => document)
    await docs.register(swaggerUi, {
      routePrefix: docsPath,
      validatorUrl: false,
      theme: { title: 'Leadpost API' },
      uiConfig: { deepLinking: true, displayOperationId: true, docExpansion: 'none', filter: true },
    })
  })
}

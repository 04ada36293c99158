import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { calls, type CallName } from '../../src/api/calls.ts'
import { nobody, openTestApi, type TestApi } from '../support/api.ts'
import { checkAnswer, operationOf } from '../support/openapi.ts'

let api: TestApi
beforeAll(async () => {
  api = await openTestApi()
})
afterAll(() => api.close())

const names = Object.keys(calls) as CallName[]

/** What OpenAPI 3.1 lets a document say, as far as ours says it; strict, so that whatever is added must be thought of. */
const media = z.record(z.string(), z.strictObject({ schema: z.record(z.string(), z.unknown()) }))
const parameter = z.strictObject({
  name: z.string().min(1),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  schema: z.record(z.string(), z.unknown()),
})
const operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  summary: z.string().min(1),
  description: z.string().min(1),
  tags: z.array(z.string().min(1)).min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  parameters: z.array(parameter),
  requestBody: z.strictObject({ required: z.literal(true), content: media }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), z.strictObject({ description: z.string().min(1), content: media.optional() })),
})
const documentShape = z.strictObject({
  openapi: z.string().regex(/^3\.1\.\d+$/),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  paths: z.record(z.string().startsWith('/api/v1/'), z.record(z.enum(['get', 'post', 'put', 'patch', 'delete']), operation).optional()),
  components: z.strictObject({ schemas: z.record(z.string(), z.unknown()), securitySchemes: z.record(z.string(), z.unknown()) }),
})

test('the document is well-formed OpenAPI 3.1', () => {
  const { paths, ...rest } = api.document as unknown as z.output<typeof documentShape>
  expect(() => documentShape.omit({ paths: true }).parse(rest)).not.toThrow()
  for (const [path, operations] of Object.entries(paths)) {
    expect(path).toMatch(/^\/api\/v1(\/([\w.-]+|\{\w+\}))+$/)
    for (const one of Object.values(operations ?? {})) {
      expect(() => operation.parse(one), path).not.toThrow()
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      expect(
        one.parameters
          .filter((each) => each.in === 'path')
          .map((each) => each.name)
          .toSorted(),
        path,
      ).toEqual(inPath.toSorted((one = '', other = '') => one.localeCompare(other)))
    }
  }
})

test('every call stands in it once, with its roles', () => {
  const told = Object.values(api.document.paths).flatMap((operations) => Object.values(operations).map(({ operationId }) => operationId))
  expect(told.toSorted()).toEqual(names.toSorted())
  for (const name of names) {
    const { allow } = calls[name]
    const { description, security } = operationOf(api.document, name) as unknown as { description: string; security: object[] }
    if (allow === 'anyone') expect(security, name).toEqual([])
    else for (const role of allow) expect(description, name).toContain(role)
  }
})

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(api.document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '')
  expect(references.length).toBeGreaterThan(0)
  for (const reference of new Set(references)) {
    const [, ...parts] = reference.split('/')
    let at: unknown = api.document
    for (const part of parts) at = (at as Record<string, unknown> | undefined)?.[part]
    expect(at, reference).toBeTypeOf('object')
  }
})

test('every schema can be read as JSON Schema', () => {
  const schemas = Object.values(api.document.paths).flatMap((operations) =>
    Object.values(operations).flatMap((one) => [
      ...one.parameters.map(({ schema }) => schema),
      ...[one.requestBody, ...Object.values(one.responses)].flatMap((holder) =>
        Object.values(holder?.content ?? {}).map(({ schema }) => schema),
      ),
    ]),
  )
  for (const schema of schemas) if (!('$ref' in (schema as object))) expect(() => z.fromJSONSchema(schema)).not.toThrow()
})

test('an answer that is otherwise is noticed', () => {
  const headers = new Headers({ 'content-type': 'application/json' })
  expect(() => checkAnswer(api.document, 'listTasks', { status: 200, headers, body: { tasks: [{}] } })).toThrow(/otherwise/)
  expect(() => checkAnswer(api.document, 'listTasks', { status: 418, headers, body: {} })).toThrow(/tells of no answer/)
  expect(() => checkAnswer(api.document, 'listTasks', { status: 200, headers, body: { tasks: [], secret: 1 } })).toThrow(/otherwise/)
})

test('the page is served whole by us, and may ask nobody else', async () => {
  const page = await fetch(new URL('/api/docs', api.url))
  const html = await page.text()
  expect(page.status).toBe(200)
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("script-src 'self';")
  expect(html).not.toMatch(/<script>(?!\s*<\/script>)/)
  const asked = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => new URL(match[1] ?? '', page.url))
  expect(asked.length).toBeGreaterThan(3)
  for (const url of asked) {
    expect(url.host).toBe(new URL(api.url).host)
    expect((await fetch(url)).status, url.pathname).toBe(200)
  }
})

test('nobody needs to sign in to read it', async () => {
  const response = await fetch(new URL('/api/docs/openapi.json', api.url), { headers: nobody })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
})

/** The OpenAPI 3.1 document of the API, made of the table of calls and its shapes: what it tells is what the server does. */
import { z } from 'zod'
import { type Call, type CallName, calls } from '../api/calls.ts'
import { type CallShapes, contract } from '../api/contract.ts'
import { problemShape } from '../api/shapes.ts'
import { apiPrefix } from './api-call.ts'
import { submitAnswerShape, submitHeadersShape, submitQueryShape } from './submit-shapes.ts'

type Schema = Readonly<Record<string, unknown>>

/** Answers that are no JSON. */
const mediaTypes: Partial<Record<CallName, string>> = {
  readRawMessage: 'message/rfc822',
  readMailRaw: 'message/rfc822',
  readMailHtml: 'text/html',
  readAttachment: 'application/octet-stream',
  readCrmAddressCard: 'text/vcard',
  listEvents: 'text/event-stream',
  listOperatorEvents: 'text/event-stream',
}
/** Calls that answer something other than 200 when all went well. */
const statuses: Partial<Record<CallName, string>> = {
  submitMessage: '202',
  startOidc: '302',
  finishOidc: '302',
  createLead: '201',
  createCompany: '201',
  createContactPerson: '201',
  createTask: '201',
  createTenant: '201',
  addHostName: '201',
  addNeverLogRule: '201',
  addMailbox: '201',
  createApiKey: '201',
}
const problemWords: Readonly<Record<string, string>> = {
  '400': 'The input does not fit; `errors` says which field and why',
  '401': 'Nobody is signed in, or the key counts no more',
  '403': 'Not for this role, or sent by another site',
  '404': 'There is no such thing, or it is another tenant’s',
  '409': 'It is otherwise now; `current` is how',
  '413': 'Too large',
  '429': 'Too many requests; wait as long as Retry-After says',
  '503': 'Not possible now; try again later',
}

/** @param version of the program. */
export function openApiDocument(version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const [name, call] of Object.entries(calls) as [CallName, Call][]) {
    const path = apiPrefix + call.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [call.method.toLowerCase()]: operationOf(name, call) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Leadpost',
      version,
      description:
        'Everything that the page does. Sign in with the page’s session (then send its token as `X-CSRF-Token` with every change), or send an API key ' +
        'as `Authorization: Bearer KEY`. Lists go on with `after` = the `next` of the page before. Errors are problem+json (RFC 9457).',
    },
    paths,
    components: {
      schemas: { Problem: schemaOf(problemShape, 'output') },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-leadpost',
          description: 'The page’s session (`leadpost` where the page is reached by plain http)',
        },
        key: { type: 'http', scheme: 'bearer', description: 'An API key' },
      },
    },
  }
}

/** Handing in mail has shapes that say more (submit-shapes.ts). */
const submitShapes: CallShapes = { query: submitQueryShape, answer: submitAnswerShape }

function operationOf(name: CallName, call: Call): Schema {
  const shapes: CallShapes = name === 'submitMessage' ? submitShapes : contract[name]
  const who = call.allow === 'anyone' ? 'Anyone, without signing in.' : `For ${call.allow.join(', ')}.`
  return {
    operationId: name,
    summary: call.summary,
    description: who,
    tags: [tagOf(call.path)],
    security: call.allow === 'anyone' ? [] : name === 'submitMessage' ? [{ key: [] }] : [{ session: [] }, { key: [] }],
    parameters: parametersOf(name, shapes),
    ...bodyOf(name, shapes),
    responses: responsesOf(name, call, shapes),
  }
}

/** The first part of the path that names a thing. */
function tagOf(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && !part.startsWith(':'))
  return parts[0] === 'tenants' && parts[1] !== undefined ? parts[1] : (parts[0] ?? '')
}

function parametersOf(name: CallName, { params, query }: CallShapes): Schema[] {
  return [
    ...parametersIn('path', params),
    ...parametersIn('query', query),
    ...(name === 'submitMessage' ? parametersIn('header', submitHeadersShape) : []),
  ]
}

function parametersIn(where: 'path' | 'query' | 'header', shape: z.ZodObject | undefined): Schema[] {
  if (shape === undefined) return []
  const { properties = {}, required = [] } = schemaOf(shape, 'input') as { properties?: Record<string, Schema>; required?: string[] }
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema,
  }))
}

function bodyOf(name: CallName, { body }: CallShapes): Schema {
  if (name === 'submitMessage') return { requestBody: { required: true, content: { 'message/rfc822': { schema: binary } } } }
  return body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }
}

const binary: Schema = { type: 'string', contentEncoding: 'binary' }

function responsesOf(name: CallName, call: Call, { answer }: CallShapes): Schema {
  const status = statuses[name] ?? '200'
  const media = mediaTypes[name]
  const content =
    status === '302'
      ? {}
      : { content: media === undefined ? { 'application/json': { schema: schemaOf(answer, 'output') } } : { [media]: { schema: binary } } }
  const problems = Object.keys(problemWords)
  return {
    [status]: { description: status === '302' ? 'Go on there' : call.summary, ...content },
    ...(name === 'runImport' ? { '400': importRefused(answer) } : {}),
    ...Object.fromEntries(problems.filter((code) => name !== 'runImport' || code !== '400').map((code) => [code, problem(code)])),
  }
}

/** The one call whose refusal is its answer. */
function importRefused(answer: z.ZodType): Schema {
  return {
    description: 'A line has an error, and nothing was written; or the input does not fit',
    content: { 'application/json': { schema: schemaOf(answer, 'output') }, 'application/problem+json': { schema: problemReference } },
  }
}

const problemReference: Schema = { $ref: '#/components/schemas/Problem' }

function problem(code: string): Schema {
  return { description: problemWords[code], content: { 'application/problem+json': { schema: problemReference } } }
}

function schemaOf(shape: z.ZodType, io: 'input' | 'output'): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(shape, { io })
  return schema
}

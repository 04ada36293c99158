/** Holds answers of the API against its OpenAPI document, by the document's own JSON Schemas. */
import { z } from 'zod'
import { type CallName, calls } from '../../src/api/calls.ts'
import { apiPrefix } from '../../src/http/api-call.ts'

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0]

export interface Operation {
  readonly operationId: CallName
  readonly security: readonly object[]
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean; readonly schema: JsonSchema }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> }
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>> }>
  >
}

export interface Schemas {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly securitySchemes: Readonly<Record<string, unknown>>
  }
}

const readers = new WeakMap<object, z.ZodType>()

function readerOf(document: Schemas, schema: JsonSchema): z.ZodType {
  const named = /^#\/components\/schemas\/(\w+)$/.exec((schema as { $ref?: string }).$ref ?? '')?.[1]
  const whole = named === undefined ? schema : document.components.schemas[named]
  if (whole === undefined || typeof whole !== 'object') throw new Error(`the document has no schema ${String(named)}`)
  const known = readers.get(whole)
  if (known !== undefined) return known
  const reader = z.fromJSONSchema(whole)
  readers.set(whole, reader)
  return reader
}

export function operationOf(document: Schemas, name: CallName): Operation {
  const { method, path } = calls[name]
  const operation = document.paths[apiPrefix + path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  if (operation === undefined) throw new Error(`the document does not know ${name}`)
  return operation
}

/** Throws where the document says nothing of such an answer, or something else. */
export function checkAnswer(document: Schemas, name: CallName, { status, headers, body }: Answered): void {
  if (status === 304) return
  const told = operationOf(document, name).responses[String(status)]
  if (told === undefined) throw new Error(`the document tells of no answer ${String(status)} of ${name}: ${JSON.stringify(body)}`)
  if (told.content === undefined) return
  const type = (headers.get('content-type') ?? '').split(';')[0] ?? ''
  const content = told.content[type]
  if (content === undefined) {
    // A file's type is its own.
    if (name === 'readAttachment' && status === 200) return
    throw new Error(`${name} answered ${String(status)} as ${type}; the document says ${Object.keys(told.content).join(' or ')}`)
  }
  if (!type.includes('json')) return
  const result = readerOf(document, content.schema).safeParse(body)
  if (!result.success)
    throw new Error(`${name} answered ${String(status)} otherwise than the document says: ${z.prettifyError(result.error)}`)
}

/** What goes in and out of every call of the API, by its name in calls.ts: read by the server and the OpenAPI document, and as types by the page. */
import type { z } from 'zod'
import type { CallName } from './calls.ts'
import { adminContract } from './shapes-admin.ts'
import { crmContract } from './shapes-crm.ts'
import { mailContract } from './shapes-mail.ts'
import { reviewContract } from './shapes-review.ts'
import { sessionContract } from './shapes-session.ts'

/** Of one call; without `params`, `query` or `body` it takes none. */
export interface CallShapes {
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly answer: z.ZodType
}

export const contract = {
  ...sessionContract,
  ...mailContract,
  ...reviewContract,
  ...crmContract,
  ...adminContract,
} as const satisfies Record<CallName, CallShapes>

export type Contract = typeof contract

type Part<Name extends CallName, Key extends string> = Contract[Name] extends Record<Key, infer Shape extends z.ZodType> ? Shape : never

/** What a handler is given, checked and with defaults filled in. */
export type CallParams<Name extends CallName> = z.output<Part<Name, 'params'>>
export type CallQuery<Name extends CallName> = z.output<Part<Name, 'query'>>
export type CallBody<Name extends CallName> = z.output<Part<Name, 'body'>>
export type CallAnswer<Name extends CallName> = z.output<Contract[Name]['answer']>

/** What a client sends: defaults may be left out. */
export type SentParams<Name extends CallName> = z.input<Part<Name, 'params'>>
export type SentQuery<Name extends CallName> = z.input<Part<Name, 'query'>>
export type SentBody<Name extends CallName> = z.input<Part<Name, 'body'>>

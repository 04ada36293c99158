/** What `POST /api/v1/messages` takes and answers, in zod; and the envelope out of it. */
import { z } from 'zod'
import { readCrmAddress } from '../crm/crm-address.ts'
import { PermanentFailure } from '../failure.ts'
import { addressKey, type AddressKey } from '../mail/address.ts'

/** As many as the SMTP listener takes for one mail. */
export const submitRecipientsMax = 100
const addressCharactersMax = 320

const oneOrSeveral = z.union([z.string(), z.array(z.string())]).transform((value) => (typeof value === 'string' ? [value] : value))

/** The envelope in the query; each part may come in a header field instead. */
export const submitQueryShape = z.object({
  mailFrom: z.string().optional().describe('The envelope sender (MAIL FROM); empty: the null sender. Or the header field X-Mail-From.'),
  rcptTo: oneOrSeveral
    .optional()
    .describe(`The CRM address that the mail was sent to (RCPT TO); may come ${submitRecipientsMax} times. Or the header field X-Rcpt-To.`),
})

/** Names in lower case, as Node gives them. */
export const submitHeadersShape = z.object({
  'x-mail-from': z.string().optional().describe('The envelope sender, where the query has no mailFrom; "<>" is the null sender.'),
  'x-rcpt-to': z.string().optional().describe('The CRM addresses, separated by commas, where the query has no rcptTo.'),
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'is empty, longer than 255 characters, or not of printable ASCII')
    .optional()
    .describe('Names this mail: the same again within 24 hours is answered alike and taken once.'),
})

export const submitAnswerShape = z.object({ id: z.string().describe('Under which the mail is found from now on.') })

export interface SubmitRequest {
  /** '' is the null reverse-path; null where none was told. */
  readonly reversePath: string | null
  readonly forwardPaths: readonly string[]
  readonly idempotencyKey: string | null
}

/** @throws PermanentFailure `inputInvalid` | `notACrmAddress`. */
export function readSubmitRequest(query: unknown, headers: unknown, crmAddresses: readonly AddressKey[]): SubmitRequest {
  const inQuery = parse(submitQueryShape, query, 'query')
  const inHeader = parse(submitHeadersShape, headers, 'header')
  const mailFrom = single('the envelope sender', inQuery.mailFrom, inHeader['x-mail-from'])
  const written = inHeader['x-rcpt-to']
  const rcptTo = single('the recipient', inQuery.rcptTo, written === undefined ? undefined : written.split(','))
  return {
    reversePath: mailFrom === undefined ? null : readReversePath(mailFrom),
    forwardPaths: readForwardPaths(rcptTo ?? [], crmAddresses),
    idempotencyKey: inHeader['idempotency-key'] ?? null,
  }
}

function parse<Shape extends z.ZodType>(shape: Shape, value: unknown, where: string): z.output<Shape> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const words = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
  throw new PermanentFailure('inputInvalid', `The ${where} does not fit: ${words}`)
}

/** Told twice it could mean either. */
function single<T>(what: string, ...told: readonly (T | undefined)[]): T | undefined {
  const [first, ...more] = told.filter((one) => one !== undefined)
  if (more.length > 0) throw new PermanentFailure('inputInvalid', `${what} stands in the query and in a header field; give it once`)
  return first
}

function readReversePath(written: string): string {
  const path = withoutBrackets(written)
  if (path === '' || (path.length <= addressCharactersMax && addressKey(path) !== null)) return path
  throw new PermanentFailure('inputInvalid', 'mailFrom is no mail address; leave it empty for the null sender')
}

function readForwardPaths(written: readonly string[], crmAddresses: readonly AddressKey[]): string[] {
  const paths = [...new Set(written.map(withoutBrackets).filter((path) => path !== ''))]
  if (paths.length === 0) throw new PermanentFailure('inputInvalid', 'rcptTo is missing: the CRM address that the mail was sent to')
  if (paths.length > submitRecipientsMax)
    throw new PermanentFailure('inputInvalid', `rcptTo names ${paths.length} addresses; ${submitRecipientsMax} are taken at most`)
  const foreign = paths.find((path) => path.length > addressCharactersMax || readCrmAddress(path, crmAddresses) === null)
  if (foreign === undefined) return paths
  throw new PermanentFailure(
    'notACrmAddress',
    `rcptTo "${foreign.slice(0, addressCharactersMax)}" is no address of the CRM; there are ${crmAddresses.join(', ')}, each also with a sub-address`,
  )
}

function withoutBrackets(written: string): string {
  const path = written.trim()
  return path.startsWith('<') && path.endsWith('>') ? path.slice(1, -1).trim() : path
}

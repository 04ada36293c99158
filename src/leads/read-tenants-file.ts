/** Reads a tenants file whole, or says every error in it with its path. */
import type { z } from 'zod'
import { PermanentFailure } from '../failure.ts'
import { findDuplicates, type FileError } from './cross-checks.ts'
import { tenantsSchema, type TenantsDocument } from './tenants-schema.ts'

export const tenantsFileBytesMax = 256 * 1024 * 1024
/** A file with more errors than this has one cause, and it is among the first. */
const errorsShownMax = 100

/**
 * @param text the file, JSON in the shape of INTERFACE "load".
 * @throws PermanentFailure `inputInvalid` with one line an error: its path in the file, then what is wrong.
 */
export function readTenantsFile(text: string): TenantsDocument {
  const result = tenantsSchema.safeParse(parseJson(text))
  const errors = result.success ? findDuplicates(result.data) : result.error.issues.flatMap(errorsOf)
  if (result.success && errors.length === 0) return result.data
  const lines = errors.slice(0, errorsShownMax).map((error) => `${error.path || '(the whole file)'}: ${error.message}`)
  if (errors.length > errorsShownMax) lines.push(`and ${errors.length - errorsShownMax} more`)
  throw new PermanentFailure('inputInvalid', `the file was not loaded; nothing was changed.\n${lines.join('\n')}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new PermanentFailure('inputInvalid', `the file is not JSON: ${(error as Error).message}`, { cause: error })
  }
}

/** An issue of a union (a host name, say) says nothing itself; the branch that got furthest does. */
function errorsOf(issue: z.core.$ZodIssue): FileError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: formatPath([...issue.path, key]), message: 'there is no such field here' }))
  if (issue.code !== 'invalid_union') return [{ path: formatPath(issue.path), message: issue.message }]
  const rightKind = issue.errors.filter((branch) => !branch.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'))
  const inner = rightKind[0] ?? []
  if (inner.length === 0) return [{ path: formatPath(issue.path), message: issue.message }]
  return inner.flatMap((nested) => errorsOf({ ...nested, path: [...issue.path, ...nested.path] }))
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')
}

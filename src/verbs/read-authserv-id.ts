/** The name of a server whose Authentication-Results are believed, as it is given on the command line. */
import { UsageError } from './verb.ts'

/** @throws UsageError where it is no name. */
export function readAuthservId(written: string | null): string | null {
  if (written === null) return null
  if (!/^[\w.-]{1,253}$/.test(written))
    throw new UsageError(`--trusted-authserv-id is "${written}"; it may be a name such as mx.example.com`)
  return written.toLowerCase()
}

/** The `after` of lists that have another order than that of their ids: the values of the last row, as the next page is to begin behind them. */
import { PermanentFailure } from '../failure.ts'

const partsMax = 4

/** Opaque to whoever gets it. */
export function writeCursor(...values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/**
 * What `writeCursor` was given, each value of the form that is expected at its place.
 * @throws PermanentFailure `inputInvalid` for what was never given out.
 */
export function readCursor(written: string, ...forms: readonly RegExp[]): string[] {
  const values = parse(Buffer.from(written, 'base64url').toString('utf8'))
  if (values?.length === forms.length && values.every((value, at) => forms[at]?.test(value) === true)) return values
  throw new PermanentFailure('inputInvalid', 'after: this is not the "next" of an earlier page of this list')
}

function parse(text: string): string[] | null {
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) && parsed.length <= partsMax && parsed.every((value) => typeof value === 'string') ? parsed : null
  } catch {
    return null
  }
}

export const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

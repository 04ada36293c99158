/** Ids of our own rows: UUIDv7 (RFC 9562 §5.7), so that index order is order of time. */
import { v7 } from 'uuid'

export function newId<Kind extends string>(): Kind {
  return v7() as Kind
}

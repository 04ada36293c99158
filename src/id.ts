/** Ids of our own rows: UUIDv7 (RFC 9562 §5.7), so that index order is order of time. */
import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** Chance for so many ids is asked of the system at once: to ask costs more than all else about an id. */
const pooledIds = 256
const idBytes = 16
const pool = Buffer.alloc(pooledIds * idBytes)
let used = pool.length
let msecs = 0
let seq = 0

/** Of two ids of one process the later is the greater (RFC 9562 §6.2: within a millisecond they count up from a number of chance). */
export function newId<Kind extends string>(): Kind {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const random = pool.subarray(used, used + idBytes)
  used += idBytes
  const now = Date.now()
  if (now > msecs) {
    msecs = now
    // 31 bits of 32, so that counting up has room.
    seq = random.readUInt32BE(6) >>> 1
  } else {
    seq += 1
  }
  return v7({ random, msecs, seq }) as Kind
}

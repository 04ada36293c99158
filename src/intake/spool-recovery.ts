/** Finds what an earlier run left in the spool: every acknowledged message, and none that was cut off in the middle. */
import { mkdir, readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../log.ts'
import { bodyPath } from './spool-body.ts'
import { heldRecord, type HeldRecord } from './spool-queue.ts'
import { readSegment, type FoundRecord } from './spool-record.ts'
import { readSegmentName, type Segment } from './spool-segments.ts'

export interface RecoveryOptions {
  readonly folder: string
  readonly bodyFolder: string
  readonly log: Log
}

/** Reads every segment, deletes those without a message, and the bodies that no record names (they were never acknowledged). */
export async function findSpooled(options: RecoveryOptions): Promise<{ records: HeldRecord[]; nextSegmentNumber: number }> {
  const { folder, bodyFolder, log } = options
  const records: HeldRecord[] = []
  let nextSegmentNumber = 1
  for (const name of (await readdir(folder)).toSorted()) {
    const named = readSegmentName(name)
    if (named === null) continue
    nextSegmentNumber = Math.max(nextSegmentNumber, named.number + 1)
    const path = join(folder, name)
    const bytes = await readFile(path)
    const contents = readSegment(bytes, named.salt)
    for (const { start, end } of contents.damaged) {
      // Not thrown away: it may be an acknowledged message that the disk has spoilt, and only a person can judge it.
      const aside = join(folder, 'damaged', `${name}-${start}`)
      await mkdir(join(folder, 'damaged'), { recursive: true, mode: 0o700 })
      await writeFile(aside, bytes.subarray(start, end), { mode: 0o600 })
      log.error({ segment: path, start, end, aside }, 'part of the spool is damaged; its bytes were set aside')
    }
    if (contents.tornTailBytes > 0) {
      log.warn({ segment: path, bytes: contents.tornTailBytes }, 'a write to the spool was cut off; it was not acknowledged')
    }
    if (contents.records.length === 0) {
      await unlink(path)
      continue
    }
    const segment: Segment = { path, salt: named.salt, held: contents.records.length, released: 0, sealed: true, deleted: false }
    for (const record of contents.records) records.push(await foundRecord(record, segment, bodyFolder))
  }
  await deleteOrphans(bodyFolder, new Set(records.map((record) => record.bodyPath)))
  return { records, nextSegmentNumber }
}

async function foundRecord(record: FoundRecord, segment: Segment, bodyFolder: string): Promise<HeldRecord> {
  const path = record.bodyInFile ? bodyPath(bodyFolder, record.entry.id) : null
  // A body that is gone was moved to the blob store by the run before; admission looks there.
  const bodyBytes =
    path === null
      ? 0
      : await stat(path)
          .then(({ size }) => size)
          .catch(() => 0)
  const { start, end, entry } = record
  return heldRecord(entry, { segment, start, end }, { bytes: end - start + bodyBytes, bodyPath: path, found: true })
}

async function deleteOrphans(bodyFolder: string, named: ReadonlySet<string | null>): Promise<void> {
  for (const name of await readdir(bodyFolder)) {
    const path = join(bodyFolder, name)
    if (!named.has(path)) await unlink(path)
  }
}

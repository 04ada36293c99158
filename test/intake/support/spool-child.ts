/**
 * A process that accepts mail as fast as it can and says which it has acknowledged, until it is killed or `count` are done. Arguments: data folder,
 * writers at once, count, seed. Prints `id sha256` for each acknowledged one and `refused CODE` for each refused one.
 */
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { isFailure } from '../../../src/failure.ts'
import { openDoor } from '../../../src/intake/accept.ts'
import { openSpool } from '../../../src/intake/spool.ts'
import { openLog } from '../../../src/log.ts'

// A write beyond RLIMIT_FSIZE then fails with EFBIG instead of ending the process.
process.on('SIGXFSZ', () => undefined)

const [dataDir = '', writers = '1', count = '1', seed = '0'] = process.argv.slice(2)
const spool = await openSpool({ dataDir, spoolBytesMax: 1e12, log: openLog('silent'), segmentAgeMaxMs: 50 })
const door = openDoor({ spool })
const envelope = {
  reversePath: 'anna@xyz.example',
  forwardPaths: ['crm@crm.example'],
  clientAddress: null,
  heloName: null,
  tls: null,
  authenticatedAs: null,
  fromTrustedNetwork: true,
}
let left = Number(count)

async function write(writer: number): Promise<void> {
  for (let number = 0; left-- > 0; number++) {
    // Every 16th is too big for a segment.
    const size = number % 16 === 15 ? 90_000 : 50 + ((number * 7919) % 9_000)
    const bytes = Buffer.alloc(size, `From: anna@xyz.example\r\n\r\n${seed}/${writer}/${number} `)
    try {
      const { id } = await door.accept('file', envelope, chunksOf(bytes), { messageBytesMax: 1e9 })
      writeSync(1, `${id} ${createHash('sha256').update(bytes).digest('hex')}\n`)
    } catch (error) {
      if (!isFailure(error)) throw error
      writeSync(1, `refused ${error.code}\n`)
    }
  }
}

async function* chunksOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 30_000) yield bytes.subarray(at, at + 30_000)
}

await Promise.all(Array.from({ length: Number(writers) }, (_, writer) => write(writer)))
await spool.close()

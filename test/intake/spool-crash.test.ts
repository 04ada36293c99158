import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSpool } from '../../src/intake/spool.ts'
import { silent, temporaryFolder } from './support/listening.ts'

const childFile = join(import.meta.dirname, 'support', 'spool-child.ts')

let dataDir: string
beforeEach(async () => {
  dataDir = await temporaryFolder()
})
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

interface Told {
  /** Hash of the bytes by id. */
  readonly acknowledged: Map<string, string>
  readonly refused: string[]
}

function told(output: string): Told {
  const acknowledged = new Map<string, string>()
  const refused: string[] = []
  // A line without its end was not said whole.
  for (const line of output.split('\n').slice(0, -1)) {
    const [first = '', second = ''] = line.split(' ')
    if (first === 'refused') refused.push(second)
    else acknowledged.set(first, second)
  }
  return { acknowledged, refused }
}

/** Runs the child; kills it once it has acknowledged `killAfter`. `limit` goes before `exec` in a shell. */
async function runChild(args: readonly string[], options: { killAfter?: number; limit?: string } = {}): Promise<Told> {
  const { killAfter = Infinity, limit = 'true' } = options
  const child = spawn('sh', ['-c', `${limit} && exec "$@"`, 'sh', process.execPath, childFile, dataDir, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.split('\n').length > killAfter) child.kill('SIGKILL')
  })
  await new Promise((resolve) => child.once('close', resolve))
  return told(output)
}

/** Everything that the next start finds, as the hash of its bytes by id; each must come once. */
async function found(): Promise<Map<string, string>> {
  const spool = await openSpool({ dataDir, spoolBytesMax: 1e12, log: silent })
  const hashes = new Map<string, string>()
  try {
    for (const message of await spool.oldest(1_000_000, 1e12)) {
      const bytes = message.content ?? (await readFile(message.bodyPath ?? ''))
      const hash = createHash('sha256').update(bytes).digest('hex')
      expect(hashes.has(message.entry.id)).toBe(false)
      expect(message.entry.sha256).toBe(hash)
      expect(message.entry.bytes).toBe(bytes.length)
      hashes.set(message.entry.id, hash)
    }
  } finally {
    await spool.close()
  }
  return hashes
}

describe('a spool whose process is killed in the middle of a load', () => {
  it('has every acknowledged message once and with its bytes, round after round', { timeout: 120_000 }, async () => {
    const acknowledged = new Map<string, string>()
    for (let round = 0; round < 6; round++) {
      const run = await runChild(['20', '1000000', String(round)], { killAfter: 20 + round * 97 })
      expect(run.acknowledged.size).toBeGreaterThan(0)
      for (const [id, hash] of run.acknowledged) acknowledged.set(id, hash)
      const present = await found()
      for (const [id, hash] of acknowledged) expect(present.get(id)).toBe(hash)
    }
    const files = await readdir(join(dataDir, 'spool', 'bodies'))
    const present = await found()
    expect(files.filter((name) => !present.has(name))).toEqual([])
  })
})

describe('a spool that meets the file size limit of its process', () => {
  it('refuses for now what it cannot write, and keeps what it acknowledged', { timeout: 60_000 }, async () => {
    // ulimit -f counts blocks of 512 bytes (POSIX): bodies of 90,000 bytes and steps of 1 MiB do not fit, a short first record may.
    const run = await runChild(['4', '40', 'x'], { limit: 'ulimit -f 100' })
    expect(run.refused.length).toBeGreaterThan(0)
    expect(new Set(run.refused)).toEqual(new Set(['diskFull']))
    expect(run.acknowledged.size + run.refused.length).toBe(40)
    expect(await found()).toEqual(run.acknowledged)
  })
})

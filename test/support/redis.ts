/** A Redis of a test's own, on a free port, that keeps nothing. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

/** Without it the tests of Redis are skipped; `.ci/run` installs it. */
export const isRedisInstalled = spawnSync('redis-server', ['--version']).status === 0
if (!isRedisInstalled) console.warn('redis-server is not installed: what goes through Redis is not tested')

const readyWithinMs = 20_000
/** A port that was free may be taken by the time Redis wants it. */
const portsTried = 5
const pollMs = 50

export interface TestRedis {
  readonly url: string
  /** It is gone at once, with all that it held. */
  kill(): Promise<void>
  /** Back on the same port, empty; nothing happens where it runs. */
  start(): Promise<void>
  close(): Promise<void>
}

/** Throws where it is not ready in time. */
export async function openTestRedis(): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'leadpost-redis-'))
  for (let left = portsTried; left > 0; left--) {
    const port = await freePort()
    const server = await startServer(port, folder)
    if (server !== null) return opened(server, port, folder)
  }
  throw new Error('redis-server found no free port')
}

function opened(first: ChildProcess, port: number, folder: string): TestRedis {
  let server = first
  async function kill(): Promise<void> {
    const ended = isRunning(server) ? once(server, 'exit') : null
    server.kill('SIGKILL')
    await ended
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    async start() {
      if (isRunning(server)) return
      const again = await startServer(port, folder)
      if (again === null) throw new Error(`redis-server does not start again on port ${port}`)
      server = again
    },
    async close() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Null where it ended by itself: the port is taken. */
async function startServer(port: number, folder: string): Promise<ChildProcess | null> {
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    {
      stdio: 'ignore',
    },
  )
  for (const until = Date.now() + readyWithinMs; Date.now() < until; await sleep(pollMs)) {
    if (!isRunning(server)) return null
    if (await answers(port)) return server
  }
  server.kill('SIGKILL')
  throw new Error(`redis-server is not ready after ${readyWithinMs} ms`)
}

async function answers(port: number): Promise<boolean> {
  const client = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    retryStrategy: null,
    connectTimeout: 1_000,
    commandTimeout: 1_000,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}

function isRunning(server: ChildProcess): boolean {
  return server.exitCode === null && server.signalCode === null
}

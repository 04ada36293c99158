/** A way to the test database that can be shut: for what a program does while its database is away, or hangs. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface DatabaseDoor {
  readonly url: string
  /** `away`: connections end and none is made; `hangs`: nothing gets through; `open`: as if nothing were between. */
  set(state: 'open' | 'away' | 'hangs'): void
  close(): Promise<void>
}

export async function openDatabaseDoor(databaseUrl: string): Promise<DatabaseDoor> {
  const target = new URL(databaseUrl)
  const socketFolder = target.searchParams.get('host')
  const port = Number(target.port || 5432)
  const sockets = new Set<Socket>()
  let state: 'open' | 'away' | 'hangs' = 'open'
  const listener = createServer((inner) => {
    if (state === 'away') {
      inner.destroy()
      return
    }
    const outer = socketFolder === null ? connect({ host: target.hostname, port }) : connect({ path: `${socketFolder}/.s.PGSQL.${port}` })
    for (const socket of [inner, outer]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        inner.destroy()
        outer.destroy()
      })
    }
    inner.on('data', (chunk) => state === 'open' && outer.write(chunk))
    outer.on('data', (chunk) => inner.write(chunk))
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = new URL(databaseUrl)
  url.hostname = '127.0.0.1'
  url.port = String((listener.address() as { port: number }).port)
  url.searchParams.delete('host')
  return {
    url: url.toString(),
    set(next) {
      // What hung has lost bytes: such connections are of no use any more.
      if (next === 'away' || state === 'hangs') for (const socket of sockets) socket.destroy()
      state = next
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
}

/** Stands between a client and a server and does what networks do: stalls, cuts, closes one half, lets through only so much. */
import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** Connections that went through it so far. */
  connections(): number
  /** From now on nothing gets through, and nobody is told: a half-open connection. */
  stall(): void
  /** What was held back goes through again; new connections as well. */
  resume(): void
  /** Ends every connection with a reset. */
  reset(): void
  /** Ends the server's half of every connection: the client is told that nothing more comes. */
  halfClose(): void
  /** Resets each new connection once the server has sent so many bytes on it; null: none any more. */
  cutAfter(bytes: number | null): void
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  bytes: number
  limit: number | null
}

export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let isStalled = false
  let cut: number | null = null
  let count = 0

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    count += 1
    const server = createConnection({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true })
    const pair: Pair = { client, server, bytes: 0, limit: cut }
    pairs.add(pair)
    for (const socket of [client, server]) {
      socket.on('error', () => undefined)
      socket.on('close', () => {
        pairs.delete(pair)
        client.destroy()
        server.destroy()
      })
      if (isStalled) socket.pause()
    }
    client.on('data', (chunk) => server.write(chunk))
    client.on('end', () => server.end())
    server.on('end', () => client.end())
    server.on('data', (chunk: Buffer) => {
      pair.bytes += chunk.length
      const over = pair.limit === null ? 0 : pair.bytes - pair.limit
      if (over <= 0) {
        client.write(chunk)
        return
      }
      client.write(chunk.subarray(0, Math.max(0, chunk.length - over)), () => cutOff(pair))
    })
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()

  function cutOff({ client, server }: Pair): void {
    client.resetAndDestroy()
    server.destroy()
  }
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => count,
    stall() {
      isStalled = true
      for (const { client, server } of pairs) for (const socket of [client, server]) socket.pause()
    },
    resume() {
      isStalled = false
      for (const { client, server } of pairs) for (const socket of [client, server]) socket.resume()
    },
    reset() {
      for (const pair of pairs) cutOff(pair)
    },
    halfClose() {
      for (const { client } of pairs) client.end()
    },
    cutAfter(bytes) {
      cut = bytes
      if (bytes === null) for (const pair of pairs) pair.limit = null
    },
    async close() {
      for (const pair of pairs) cutOff(pair)
      listener.close()
      await once(listener, 'close')
    },
  }
}

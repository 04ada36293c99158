/** Waits for the PROXY header of a connection that a load balancer made, and puts back what the client itself has sent behind it. */
import type { Socket } from 'node:net'
import { readProxyHeader } from './proxy-header.ts'

export type ProxiedClient =
  /** `address` null: the balancer named nobody. */
  | { readonly kind: 'told'; readonly address: string | null }
  /** Nothing, or something else, came. */
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'gone' }

/**
 * Reads the header, in however many pieces it comes, within `timeoutMs` in all. The socket is paused afterwards and stands behind the header.
 * Never rejects.
 */
export async function readProxiedClient(socket: Socket, timeoutMs: number): Promise<ProxiedClient> {
  let come: Buffer = Buffer.alloc(0)
  return await new Promise((resolve) => {
    const finish = (client: ProxiedClient): void => {
      clearTimeout(timer)
      socket.off('data', onData).off('end', onGone).off('close', onGone).off('error', onGone)
      socket.pause()
      // A reset that comes before the next owner listens must not end the process.
      socket.on('error', () => undefined)
      resolve(client)
    }
    const onGone = (): void => finish({ kind: 'gone' })
    const onData = (chunk: Buffer): void => {
      come = come.length === 0 ? chunk : Buffer.concat([come, chunk])
      const header = readProxyHeader(come)
      if (header.kind === 'begun') return
      finish(header)
      if (header.kind === 'told' && header.bytes < come.length) socket.unshift(come.subarray(header.bytes))
    }
    const timer = setTimeout(() => finish({ kind: 'broken', why: 'it did not come in time' }), timeoutMs).unref()
    socket.on('data', onData).on('end', onGone).on('close', onGone).on('error', onGone)
  })
}

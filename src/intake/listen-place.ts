/** Where a listener listens: an address with a port, or a unix socket, whose file must be neither a dead one's nor open to more than it should be. */
import { once } from 'node:events'
import { lstat, unlink } from 'node:fs/promises'
import { connect, isIPv4, isIPv6, type AddressInfo, type Server } from 'node:net'
import { isAbsolute } from 'node:path'
import { PermanentFailure } from '../failure.ts'

export type ListenPlace =
  /** Port 0: any free one. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** `mode`: the permissions of the socket file; to connect takes the right to write. */
  | { readonly kind: 'unix'; readonly path: string; readonly mode: number }

/** As the operator names it. */
export type WrittenPlace =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** The kernel's room for a socket's path, less the zero at its end. */
const socketPathBytesMax = 107

/** Reads `127.0.0.1:24`, `[::1]:24` and `unix:/path`, with commas; null where one of them is none. */
export function readListenPlaces(text: string): readonly WrittenPlace[] | null {
  const items = text.split(',').flatMap((item) => item.trim() || [])
  const places = items.map(readPlace)
  return places.every((place) => place !== null) ? places : null
}

function readPlace(item: string): WrittenPlace | null {
  if (item.startsWith('unix:')) {
    const path = item.slice('unix:'.length)
    return isAbsolute(path) && Buffer.byteLength(path) <= socketPathBytesMax ? { kind: 'unix', path } : null
  }
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(item) ?? []
  const host = bracketed ?? plain ?? ''
  const isHost = bracketed === undefined ? isIPv4(host) : isIPv6(host)
  return isHost && Number(port) <= 65_535 ? { kind: 'tcp', host, port: Number(port) } : null
}

/** What the system has made of it. */
export type BoundPlace =
  | { readonly kind: 'tcp'; readonly port: number; readonly address: string }
  | { readonly kind: 'unix'; readonly path: string }

/**
 * Listens. A socket file that a killed program left behind is replaced; one that somebody answers at, or that is no socket, is not.
 * @throws PermanentFailure `configurationInvalid` naming the place.
 */
export async function listenAt(server: Server, place: ListenPlace, what: string): Promise<BoundPlace> {
  try {
    if (place.kind === 'tcp') {
      await listening(server, () => server.listen(place.port, place.host))
      const { port, address } = server.address() as AddressInfo
      return { kind: 'tcp', port, address }
    }
    await removeDeadSocket(place.path)
    await listening(server, () => listenOnSocket(server, place))
    return { kind: 'unix', path: place.path }
  } catch (error) {
    const where = place.kind === 'tcp' ? `${place.host} port ${place.port}` : `the socket ${place.path}`
    throw new PermanentFailure('configurationInvalid', `the ${what} listener cannot have ${where}: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

async function listening(server: Server, begin: () => void): Promise<void> {
  const failed = new AbortController()
  const isListening = once(server, 'listening', { signal: failed.signal })
  try {
    begin()
    // Rejects where the server emits an error first.
    await isListening
  } finally {
    failed.abort()
  }
}

/** Made with its permissions rather than given them afterwards, when somebody may have connected. The file is made within the call. */
function listenOnSocket(server: Server, { path, mode }: Extract<ListenPlace, { kind: 'unix' }>): void {
  const usual = process.umask(0o777 & ~mode)
  try {
    server.listen(path)
  } finally {
    process.umask(usual)
  }
}

async function removeDeadSocket(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (found === null) return
  if (!found.isSocket()) throw new Error('there is a file of that name that is no socket')
  if (await isAnswered(path)) throw new Error('another program listens there')
  await unlink(path)
}

async function isAnswered(path: string): Promise<boolean> {
  const probe = connect(path)
  try {
    await once(probe, 'connect')
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED' || code === 'ENOENT') return false
    throw error
  } finally {
    probe.destroy()
  }
}

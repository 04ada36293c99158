/**
 * A throw-away Courier (Debian's courier-imap), as a second implementation beside Dovecot. The two packages exclude each other, so its files lie in
 * `.ci/courier` (.ci/run unpacks them there); its imapd is started for each connection, signed in already (PREAUTH): Courier's own sign-in
 * needs daemons at fixed places of the system.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { arch, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const unpacked = resolve('.ci/courier')
const binaryIn = (folder: string): string => join(folder, 'usr/bin/imapd')
const librariesIn = (folder: string): string =>
  ['usr/lib', `usr/lib/${arch() === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`].map((place) => join(folder, place)).join(':')

export const hasCourier = existsSync(binaryIn(unpacked))
if (!hasCourier)
  process.stderr.write('SKIPPED: tests against a second IMAP server, since Courier is not in .ci/courier (.ci/run puts it there)\n')

export interface Courier {
  readonly port: number
  /** Lines end with CR LF, as the server will tell them; in its files they end with LF. */
  deliver(message: string, folder?: string): void
  count(folder?: string): number
  files(folder?: string): string[]
  /** Ends every connection as a crash does, and listens no more. */
  kill(): Promise<void>
  /** Listens again, on the same port. */
  start(): Promise<void>
  stop(): Promise<void>
}

const environment = {
  IMAP_CAPABILITY: 'IMAP4rev1 UIDPLUS CHILDREN NAMESPACE SORT QUOTA IDLE',
  // How often it looks for news while a client idles.
  IMAP_IDLE_TIMEOUT: '1',
  IMAP_USELOCKS: '1',
  AUTHENTICATED: 'crm',
  PATH: process.env['PATH'] ?? '',
}
/** As root it is run as nobody, like the mailboxes of Dovecot. */
const owner = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : null
let deliveries = 0

export async function startCourier(): Promise<Courier> {
  const base = mkdtempSync(join(tmpdir(), 'courier-'))
  const maildir = join(base, 'Maildir')
  const running = new Set<{ readonly child: ChildProcess; readonly socket: Socket }>()
  let server: Server | null = null
  let port = 0
  if (owner !== null) chownSync(base, owner.uid, owner.gid)
  // The repository may lie where nobody but root may look.
  const courierFolder = owner === null ? unpacked : join(base, 'courier')
  if (owner !== null) cpSync(unpacked, courierFolder, { recursive: true, verbatimSymlinks: true })

  function folderOf(folder: string): string {
    const path = folder === 'INBOX' ? maildir : join(maildir, `.${folder}`)
    for (const part of [maildir, path, join(path, 'cur'), join(path, 'new'), join(path, 'tmp')]) {
      if (existsSync(part)) continue
      mkdirSync(part)
      if (owner !== null) chownSync(part, owner.uid, owner.gid)
    }
    return path
  }
  function serve(socket: Socket): void {
    const child = spawn(binaryIn(courierFolder), ['Maildir'], {
      cwd: base,
      env: { ...environment, LD_LIBRARY_PATH: librariesIn(courierFolder), HOME: base },
      stdio: ['pipe', 'pipe', 'ignore'],
      ...owner,
    })
    const one = { child, socket }
    running.add(one)
    socket.on('error', () => undefined).pipe(child.stdin)
    child.stdin.on('error', () => undefined)
    child.stdout.pipe(socket)
    child.on('close', () => {
      running.delete(one)
      socket.end()
    })
    socket.on('close', () => child.kill())
  }
  const courier: Courier = {
    get port() {
      return port
    },
    deliver(message, folder = 'INBOX') {
      const path = folderOf(folder)
      deliveries += 1
      const name = `${Math.floor(Date.now() / 1000)}.M${String(deliveries).padStart(8, '0')}P${process.pid}.test`
      const draft = join(path, 'tmp', name)
      writeFileSync(draft, message.replaceAll('\r\n', '\n'))
      if (owner !== null) chownSync(draft, owner.uid, owner.gid)
      renameSync(draft, join(path, 'new', name))
    },
    files(folder = 'INBOX') {
      const path = folderOf(folder)
      return [...readdirSync(join(path, 'new')), ...readdirSync(join(path, 'cur'))]
    },
    count: (folder = 'INBOX') => courier.files(folder).length,
    async start() {
      server = createServer(serve).listen(port, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as { port: number }).port
    },
    async kill() {
      const closed = server === null ? null : once(server, 'close')
      server?.close()
      const ended = [...running].map(({ child }) => once(child, 'close'))
      for (const { child, socket } of running) {
        child.kill('SIGKILL')
        socket.resetAndDestroy()
      }
      await Promise.all([closed, ...ended])
      server = null
    },
    async stop() {
      await courier.kill()
      rmSync(base, { recursive: true, force: true })
    },
  }
  folderOf('INBOX')
  await courier.start()
  return courier
}

/** A small IMAP server that can be made to lie: for what no honest server does (RFC 9051, as far as a watcher goes). */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export interface FakeMessage {
  readonly uid: number
  readonly content: Buffer
  seen: boolean
}

/** What it does otherwise than a server should; each is asked when its turn comes. */
export interface Lies {
  greeting?: string
  capabilities?: string
  /** The whole answer to SELECT, without its tagged line. */
  selected?: string[]
  /** RFC822.SIZE. */
  size?: (message: FakeMessage) => number
  /** The literal of BODY[], for what was asked; null: `NIL`; 'silence': it never ends. */
  body?: (message: FakeMessage, asked: { start: number; length: number }) => Buffer | null | 'silence' | 'huge'
  /** Lines before each FETCH answer. */
  beforeFetch?: (message: FakeMessage) => string[]
  /** Keeps a message back where UIDs are fetched by number. */
  isKeptBack?: (message: FakeMessage) => boolean
  /** Answers each message so often where it is fetched; 0: not at all. */
  timesFetched?: (message: FakeMessage) => number
  search?: (found: number[]) => number[]
  /** A refusal in place of OK, for a command (`UID MOVE`, `LOGIN` …). */
  refusal?: (command: string) => string | null
  /** Whether this access token is good (XOAUTH2). */
  token?: (token: string) => boolean
}

export interface FakeImap {
  readonly port: number
  readonly lies: Lies
  readonly messages: FakeMessage[]
  add(content: string | Buffer): FakeMessage
  /** Every command that came, without its tag. */
  readonly commands: string[]
  connections(): number
  /** Ends every connection. */
  drop(): void
  close(): Promise<void>
}

export async function startFakeImap(lies: Lies = {}, tls?: { readonly key: string; readonly cert: string }): Promise<FakeImap> {
  const messages: FakeMessage[] = []
  const commands: string[] = []
  const sockets = new Set<Socket>()
  let nextUid = 1
  let connections = 0

  const talk = (socket: Socket): void => {
    connections += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    new Session(socket, fake).start()
  }
  const server: Server = tls === undefined ? createServer(talk) : createTlsServer(tls, talk)
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const fake: FakeImap = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    lies,
    messages,
    commands,
    add(content) {
      const message = { uid: nextUid, content: Buffer.from(content), seen: false }
      nextUid += 1
      messages.push(message)
      for (const socket of sockets) socket.emit('news')
      return message
    },
    connections: () => connections,
    drop() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      fake.drop()
      server.close()
      await once(server, 'close')
    },
  }
  return fake
}

class Session {
  readonly #socket: Socket
  readonly #fake: FakeImap
  #buffer = ''
  #idleTag: string | null = null
  #isSelected = false
  /** Of `AUTHENTICATE`, waiting for its continuation. */
  #authTag: string | null = null

  constructor(socket: Socket, fake: FakeImap) {
    this.#socket = socket
    this.#fake = fake
  }

  start(): void {
    this.#send(this.#fake.lies.greeting ?? '* OK ready')
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')))
    this.#socket.on('news', () => {
      if (this.#idleTag !== null) this.#send(`* ${this.#fake.messages.length} EXISTS`)
    })
  }

  #send(...lines: string[]): void {
    if (this.#socket.writable) this.#socket.write(lines.map((line) => `${line}\r\n`).join(''), 'latin1')
  }

  #read(text: string): void {
    this.#buffer += text
    for (let end = this.#buffer.indexOf('\r\n'); end >= 0; end = this.#buffer.indexOf('\r\n')) {
      const line = this.#buffer.slice(0, end)
      this.#buffer = this.#buffer.slice(end + 2)
      this.#answer(line)
    }
  }

  #answer(line: string): void {
    if (this.#authTag !== null) {
      const tag = this.#authTag
      this.#authTag = null
      this.#finish(tag, 'AUTHENTICATE')
      return
    }
    if (line === 'DONE') {
      if (this.#idleTag !== null) this.#send(`${this.#idleTag} OK idled`)
      this.#idleTag = null
      return
    }
    const [tag = '', ...words] = line.split(' ')
    this.#fake.commands.push(words.join(' '))
    const command = (words[0]?.toUpperCase() === 'UID' ? `UID ${words[1]}` : (words[0] ?? '')).toUpperCase()
    this.#run(tag, command, words)
  }

  #finish(tag: string, command: string, words = 'done'): void {
    this.#send(`${tag} ${this.#fake.lies.refusal?.(command) ?? `OK ${words}`}`)
  }

  #run(tag: string, command: string, words: string[]): void {
    const { lies, messages } = this.#fake
    switch (command) {
      case 'CAPABILITY':
        this.#send(`* CAPABILITY ${lies.capabilities ?? 'IMAP4rev1 IDLE UIDPLUS MOVE AUTH=PLAIN AUTH=XOAUTH2'}`)
        break
      case 'NAMESPACE':
        this.#send('* NAMESPACE (("" "/")) NIL NIL')
        break
      case 'LIST':
        this.#send(`* LIST () "/" ${words.at(-1)}`)
        break
      case 'AUTHENTICATE':
        return this.#authenticate(tag, words)
      case 'SELECT':
      case 'EXAMINE':
        this.#isSelected = true
        this.#send(...(lies.selected ?? ['* FLAGS (\\Seen \\Deleted)', `* ${messages.length} EXISTS`, '* OK [UIDVALIDITY 7] ok']))
        break
      case 'NOOP':
        if (this.#isSelected) this.#send(`* ${messages.length} EXISTS`)
        break
      case 'IDLE':
        this.#idleTag = tag
        this.#send('+ idling')
        return
      case 'UID SEARCH': {
        const found = messages.map(({ uid }) => uid).filter((uid) => isIn(uid, words.at(-1) ?? '', this.#highest()))
        this.#send(`* SEARCH ${(lies.search?.(found) ?? found).join(' ')}`)
        break
      }
      case 'FETCH':
      case 'UID FETCH':
        if (this.#fetch(command, words)) return
        break
      case 'LOGOUT':
        this.#send('* BYE bye', `${tag} OK out`)
        this.#socket.end()
        return
      default:
    }
    this.#finish(tag, command)
  }

  #authenticate(tag: string, words: string[]): void {
    if (words[1] === 'XOAUTH2') {
      const token = /auth=Bearer ([^\x01]*)/.exec(Buffer.from(words[2] ?? '', 'base64').toString())?.[1] ?? ''
      if (this.#fake.lies.token?.(token) === true) this.#finish(tag, 'AUTHENTICATE')
      else this.#send(`${tag} NO [AUTHENTICATIONFAILED] the token is not good`)
      return
    }
    this.#authTag = tag
    this.#send('+ ')
  }

  #highest(): number {
    return this.#fake.messages.at(-1)?.uid ?? 0
  }

  /** True where it falls silent in the middle. */
  #fetch(command: string, words: string[]): boolean {
    const { lies, messages } = this.#fake
    const byUid = command === 'UID FETCH'
    const set = words[byUid ? 2 : 1] ?? ''
    const items = words.slice(byUid ? 3 : 2).join(' ')
    const [, start = '0', length = '1e12'] = /BODY\.PEEK\[\](?:<(\d+)\.(\d+)>)?/i.exec(items) ?? []
    for (const [index, message] of messages.entries()) {
      if (!isIn(byUid ? message.uid : index + 1, set, byUid ? this.#highest() : messages.length)) continue
      const hasBody = items.includes('BODY.PEEK')
      if (!hasBody && lies.isKeptBack?.(message) === true) continue
      for (let times = (hasBody ? lies.timesFetched?.(message) : null) ?? 1; times > 0; times--) {
        this.#send(...(lies.beforeFetch?.(message) ?? []))
        const size = lies.size?.(message) ?? message.content.length
        const head = `* ${index + 1} FETCH (UID ${message.uid} RFC822.SIZE ${size}`
        if (!hasBody) this.#send(`${head})`)
        else if (this.#sendBody(head, message, { start: Number(start), length: Number(length) })) return true
      }
    }
    return false
  }

  #sendBody(head: string, message: FakeMessage, asked: { start: number; length: number }): boolean {
    const body = this.#fake.lies.body?.(message, asked) ?? message.content.subarray(asked.start, asked.start + asked.length)
    const isNil = this.#fake.lies.body !== undefined && this.#fake.lies.body(message, asked) === null
    const label = `BODY[]<${asked.start}>`
    if (isNil) this.#send(`${head} ${label} NIL)`)
    else if (body === 'silence' || body === 'huge') {
      this.#socket.write(`${head} ${label} {${body === 'huge' ? 4_000_000_000 : 50_000}}\r\nbegins well`)
      return true
    } else {
      this.#socket.write(`${head} ${label} {${body.length}}\r\n`)
      this.#socket.write(body)
      this.#socket.write(')\r\n')
    }
    return false
  }
}

/** Whether a sequence set (`1:4,7,9:*`) names the number. */
function isIn(number: number, set: string, highest: number): boolean {
  const end = (text: string): number => (text === '*' ? highest : Number(text))
  return set.split(',').some((part) => {
    const [from = '', to = from] = part.split(':')
    const [low, high] = [end(from), end(to)].toSorted((a, b) => a - b)
    return number >= (low ?? 0) && number <= (high ?? 0)
  })
}

/** A plain, fast SMTP client for measuring: raw sockets, no library, so that the client's cost stays small and equal for every server. */
import net from 'node:net'

export interface Load {
  readonly port: number
  readonly connections: number
  /** Mails in all. */
  readonly count: number
  readonly mailFrom: string
  readonly rcptTo: string
  /** The n-th message, dot-stuffed and ending in CRLF, without the final dot. */
  message(n: number): Buffer
  /** The client's own address. */
  readonly localAddress?: string
  /** One connection a mail, instead of reused ones. */
  readonly fresh?: boolean
  /** The commands before the mail go together, as mail servers send them where that is offered (RFC 2920). */
  readonly pipelined?: boolean
}

const endOfData = Buffer.from('.\r\n')

/** Delivers all of it; answers the seconds it took. Throws at the first reply that is not the expected one. */
export async function deliver(load: Load): Promise<number> {
  let next = 0
  const started = performance.now()
  const one = async (): Promise<void> => {
    let session: Session | null = null
    while (next < load.count) {
      const n = next++
      session ??= await Session.open(load.port, load.localAddress)
      await session.transaction(load.mailFrom, load.rcptTo, load.message(n), load.pipelined)
      if (load.fresh === true) {
        await session.quit()
        session = null
      }
    }
    await session?.quit()
  }
  await Promise.all(Array.from({ length: load.connections }, one))
  return (performance.now() - started) / 1000
}

/** One mail on a connection of its own. Times are milliseconds since 1970, with fractions. */
export async function deliverOne(
  load: Pick<Load, 'port' | 'mailFrom' | 'rcptTo'> & { readonly message: Buffer },
): Promise<{ readonly acceptedAt: number; readonly ms: number }> {
  const started = performance.now()
  const session = await Session.open(load.port)
  await session.transaction(load.mailFrom, load.rcptTo, load.message)
  const acceptedAt = performance.timeOrigin + performance.now()
  await session.quit()
  return { acceptedAt, ms: performance.now() - started }
}

class Session {
  readonly #socket: net.Socket
  #received = ''
  #waiting: { codes: readonly string[]; resolve: () => void; reject: (error: Error) => void } | null = null
  #error: Error | null = null

  private constructor(socket: net.Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1')
      this.#look()
    })
    const fail = (error: Error): void => {
      this.#error = error
      this.#waiting?.reject(error)
      this.#waiting = null
    }
    socket.on('error', fail)
    socket.on('close', () => fail(new Error('the server closed the connection')))
  }

  static async open(port: number, localAddress = '127.0.0.1'): Promise<Session> {
    const session = new Session(net.connect({ port, host: '127.0.0.1', localAddress }))
    await session.#expect('220')
    await session.#say('EHLO bench.example\r\n', '250')
    return session
  }

  async transaction(mailFrom: string, rcptTo: string, message: Buffer, pipelined = false): Promise<void> {
    const commands = [`MAIL FROM:<${mailFrom}>\r\n`, `RCPT TO:<${rcptTo}>\r\n`, 'DATA\r\n'] as const
    if (pipelined) {
      await this.#say(commands.join(''), '250', '250', '354')
    } else {
      await this.#say(commands[0], '250')
      await this.#say(commands[1], '250')
      await this.#say(commands[2], '354')
    }
    const answer = this.#expect('250')
    if (!this.#socket.write(Buffer.concat([message, endOfData]))) await new Promise<void>((resolve) => this.#socket.once('drain', resolve))
    await answer
  }

  async quit(): Promise<void> {
    this.#socket.removeAllListeners('close')
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.end('QUIT\r\n')
    await closed
  }

  async #say(line: string, ...codes: string[]): Promise<void> {
    const answer = this.#expect(...codes)
    this.#socket.write(line, 'latin1')
    await answer
  }

  #expect(...codes: string[]): Promise<void> {
    if (this.#error) return Promise.reject(this.#error)
    return new Promise((resolve, reject) => {
      this.#waiting = { codes, resolve, reject }
      this.#look()
    })
  }

  #look(): void {
    const waiting = this.#waiting
    if (!waiting || !this.#received.endsWith('\n')) return
    const replies = [...this.#received.matchAll(/^(\d{3}) /gm)].map(([, code]) => code)
    if (replies.length < waiting.codes.length) return
    this.#waiting = null
    const received = this.#received
    this.#received = ''
    if (replies.join(' ') === waiting.codes.join(' ')) waiting.resolve()
    else waiting.reject(new Error(`expected ${waiting.codes.join(', ')}, the server said: ${received.trim()}`))
  }
}

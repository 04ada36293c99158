/** An SMTP client that writes exactly the octets it is told to, and reads replies one by one. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface Reply {
  readonly code: number
  /** All lines without their codes. */
  readonly text: string
}

export class Wire {
  #socket: Socket
  #received = ''
  #waiting: (() => void)[] = []
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#listen()
  }

  /** To a port, or to the path of a unix socket; `from` is another loopback address than 127.0.0.1. */
  static async open(at: number | string, from?: string): Promise<Wire> {
    const socket =
      typeof at === 'string' ? connect(at) : connect({ port: at, host: '127.0.0.1', ...(from === undefined ? {} : { localAddress: from }) })
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject)
    })
    socket.setNoDelay(true)
    return new Wire(socket)
  }

  /** Greeted and introduced. */
  static async ready(port: number): Promise<Wire> {
    const wire = await Wire.open(port)
    await wire.expect(220)
    await wire.command('EHLO client.example', 250)
    return wire
  }

  #listen(): void {
    this.#socket.on('data', (chunk) => {
      this.#received += chunk.toString('utf8')
      this.#wake()
    })
    this.#socket.on('error', () => this.#end())
    this.#socket.on('close', () => this.#end())
    this.#socket.on('end', () => this.#end())
  }

  #end(): void {
    this.#isClosed = true
    this.#wake()
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }

  send(octets: string | Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
  }

  /** Sends and waits until the kernel has taken it. */
  async push(octets: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.write(octets, () => resolve())
    })
  }

  /** The next reply, or null where the server closed first. */
  async reply(): Promise<Reply | null> {
    for (;;) {
      const match = /^(?:\d{3}-[^\r\n]*\r\n)*(\d{3})(?: [^\r\n]*)?\r\n/.exec(this.#received)
      if (match !== null) {
        this.#received = this.#received.slice(match[0].length)
        const text = match[0].replaceAll(/^\d{3}[- ]?/gm, '').trim()
        return { code: Number(match[1]), text }
      }
      if (this.#isClosed) return null
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async expect(code: number): Promise<string> {
    const reply = await this.reply()
    if (reply?.code !== code)
      throw new Error(`expected ${code}, got ${reply === null ? 'a closed connection' : `${reply.code} ${reply.text}`}`)
    return reply.text
  }

  async command(line: string, code: number): Promise<string> {
    this.send(`${line}\r\n`)
    return await this.expect(code)
  }

  /** Up to and with 354. */
  async begin(from = 'anna@xyz.example', to = 'crm@crm.example'): Promise<void> {
    await this.command(`MAIL FROM:<${from}>`, 250)
    await this.command(`RCPT TO:<${to}>`, 250)
    await this.command('DATA', 354)
  }

  /** Everything the server still says until it closes. */
  async rest(): Promise<string> {
    while (!this.#isClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.#received
  }

  /** STARTTLS has been answered with 220. */
  async encrypt(): Promise<void> {
    const plain = this.#socket
    plain.removeAllListeners()
    this.#socket = connectTls({ socket: plain, rejectUnauthorized: false })
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('secureConnect', resolve).once('error', reject)
    })
    this.#listen()
  }

  /** The certificate that the server showed, in PEM's inner form. */
  peerCertificate(): { subject: { CN?: string } } {
    return (this.#socket as unknown as { getPeerCertificate(): { subject: { CN?: string } } }).getPeerCertificate()
  }

  /** Says nothing more, but still listens. */
  finish(): void {
    this.#socket.end()
  }

  /** Reads nothing more. */
  pause(): void {
    this.#socket.pause()
  }

  abort(): void {
    this.#socket.resetAndDestroy()
  }

  close(): void {
    this.#socket.destroy()
  }
}

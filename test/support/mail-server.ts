/** A mail server that takes everything, for what we send ourselves. */
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { simpleParser, type ParsedMail } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface MailServer {
  readonly url: string
  readonly taken: readonly ParsedMail[]
  /** The next mail that comes, or the oldest that nobody has asked for yet. */
  next(): Promise<ParsedMail>
  close(): Promise<void>
}

export async function openMailServer(): Promise<MailServer> {
  const taken: ParsedMail[] = []
  let asked = 0
  let waiting: (() => void)[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      void take(stream, done)
    },
  })
  async function take(stream: Readable, done: (error?: Error) => void): Promise<void> {
    try {
      taken.push(await simpleParser(await buffer(stream)))
    } catch (error) {
      return done(error as Error)
    }
    for (const wake of waiting.splice(0)) wake()
    done()
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${String(port)}`,
    taken,
    async next() {
      while (taken.length <= asked) await new Promise<void>((resolve) => waiting.push(resolve))
      const mail = taken[asked]
      asked += 1
      if (mail === undefined) throw new Error('no mail')
      return mail
    },
    close: async () =>
      await new Promise<void>((resolve) => {
        waiting = []
        server.close(resolve)
      }),
  }
}

/** Sends the steps of stories over real SMTP, each as the client that it tells of: from a trusted network, from elsewhere, or signed in over TLS. */
import { createTransport, type Transporter } from 'nodemailer'
import { wordsOf } from '../failure.ts'
import { readStoryMail, type StoryStep } from './stories.ts'

export interface StepReply {
  /** The last reply of the server, whole. */
  readonly reply: string
  /** The id under which the mail was queued, or null where it was refused. */
  readonly id: string | null
}

export interface StorySender {
  send(step: StoryStep): Promise<StepReply>
  /** Where many at once take less time than one after another; in the same order. */
  sendAll?(steps: readonly StoryStep[]): Promise<readonly StepReply[]>
  close(): void
}

/** What the program must be told to play the stories: ports and DATA_DIR beside. `dnsServer` serves `fixtures/zone.json`. */
export function storyEnvironment(dnsServer: string): Record<string, string> {
  return { TRUSTED_NETWORKS: trustedNetwork, DNS_SERVERS: dnsServer, TRUSTED_AUTHSERV_IDS: 'mail.xyz.example' }
}

/** The program under demonstration trusts 127.0.0.1 alone; the rest of 127.0.0.0/8 is loopback as well and plays the outside world. */
const trustedNetwork = '127.0.0.1/32'
const outsideAddress = '127.0.0.2'

/** @param passwords by user address, for the steps of signed-in users. */
export function openStorySender(
  server: { readonly host: string; readonly port: number },
  passwords: ReadonlyMap<string, string>,
): StorySender {
  const transports = new Map<string, Transporter>()

  function transportFor(client: StoryStep['client']): Transporter {
    const key = typeof client === 'string' ? client : 'user' in client ? client.user : client.address
    const isUser = typeof client === 'object' && 'user' in client
    const known = transports.get(key)
    if (known !== undefined) return known
    const transport = createTransport({
      host: server.host,
      port: server.port,
      pool: true,
      maxConnections: 1,
      maxMessages: Infinity,
      ...(client === 'trusted'
        ? {}
        : { localAddress: typeof client === 'object' && 'address' in client ? client.address : outsideAddress }),
      // The certificate is self-made and nobody stands between loopback and loopback.
      ...(isUser
        ? { requireTLS: true, tls: { rejectUnauthorized: false }, auth: { user: client.user, pass: passwords.get(client.user) ?? '' } }
        : { ignoreTLS: true }),
    })
    transports.set(key, transport)
    return transport
  }

  return {
    async send(step) {
      const envelope = { from: step.mailFrom, to: [...step.rcptTo] }
      try {
        const info = (await transportFor(step.client).sendMail({ envelope, raw: readStoryMail(step) })) as { response: string }
        return { reply: info.response, id: queuedAs(info.response) }
      } catch (error) {
        return { reply: refusalOf(error), id: null }
      }
    },
    close() {
      for (const transport of transports.values()) transport.close()
    },
  }
}

/** `250 2.0.0 … queued as ID` (INTERFACE "SMTP replies"). */
export function queuedAs(reply: string): string | null {
  return /queued as ([0-9a-f-]{36})/.exec(reply)?.[1] ?? null
}

/** The server's words where it answered, else the client's. */
function refusalOf(error: unknown): string {
  const { response, rejectedErrors } = error as { response?: string; rejectedErrors?: readonly { response?: string }[] }
  return rejectedErrors?.[0]?.response ?? response ?? wordsOf(error)
}

/** Mail handed in over SMTP as Anna of the fixtures would send it: from a trusted network, to a client, the CRM address in BCC. */
import { createTransport } from 'nodemailer'

export interface TestMail {
  readonly from?: string
  readonly to?: string
  readonly subject: string
  readonly text?: string
  readonly html?: string
  readonly attachments?: readonly {
    readonly filename?: string
    readonly content: string | Buffer
    readonly contentType?: string
    readonly cid?: string
  }[]
  readonly messageId?: string
  readonly references?: readonly string[]
  readonly date?: Date
  /** What the envelope names. */
  readonly crmAddress?: string
}

/** Resolves at the 250. */
export async function sendTestMail(smtp: { readonly host: string; readonly port: number }, mail: TestMail): Promise<void> {
  const { from = 'Anna Arndt <anna@xyz.example>', to = 'Eva Muster <eva@acme.example>', crmAddress = 'crm@localhost', ...content } = mail
  const transport = createTransport({ ...smtp, ignoreTLS: true })
  try {
    await transport.sendMail({
      ...content,
      from,
      to,
      text: content.text ?? 'Hello.',
      references: [...(content.references ?? [])],
      attachments: (content.attachments ?? []).map((attachment) => ({ ...attachment })),
      envelope: { from: /<(.+)>/.exec(from)?.[1] ?? from, to: [crmAddress] },
    })
  } finally {
    transport.close()
  }
}

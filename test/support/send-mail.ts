/** Mail handed in over SMTP as Anna of the fixtures would send it: from a trusted network, to a client, the CRM address in BCC. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import type { TestDatabase } from './database.ts'

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

/** Waits until so many deliveries have their state, and none is on its way. */
export async function deliveriesSettled(database: TestDatabase, count: number, timeoutMs = 30_000): Promise<void> {
  for (const until = Date.now() + timeoutMs; ; await sleep(10)) {
    const rows = await database.owner<{ settled: boolean }>(`SELECT state NOT IN ('received', 'processing') AS settled FROM delivery`)
    if (rows.length === count && rows.every(({ settled }) => settled)) return
    if (Date.now() > until)
      throw new Error(`${rows.length} deliveries, of which ${rows.filter(({ settled }) => settled).length} are settled`)
  }
}

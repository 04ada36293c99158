/** (b) SMTP to contact history, the whole product, against mailparser alone on the same messages; (d) the same per mail as the history grows. */
import { simpleParser } from 'mailparser'
import { benchLeads, benchMessage } from './messages.ts'
import { crmAddress, startProgram, untilSettled, type RunningProgram } from './program.ts'
import { deliver } from './smtp-load.ts'
import { median, print } from './table.ts'

const mailBytes = 4096
const rounds = 5
/** A program that runs for weeks has its code compiled, which takes some twenty thousand mails; so has the parser that it is measured against. */
const warmingMails = 20_000

export async function benchEndToEnd(mails: number, warming = warmingMails): Promise<void> {
  const program = await startProgram()
  try {
    const sent = { count: 0 }
    await parserAlone(warming)
    await timed(program, warming, sent)
    const ours: Round[] = []
    const parser: Round[] = []
    for (let round = 0; round < rounds; round++) {
      parser.push(await parserAlone(mails))
      ours.push(await timed(program, mails, sent))
    }
    const speed = (measured: readonly Round[]): number => median(measured.map(({ seconds }) => mails / seconds))
    const cpu = (measured: readonly Round[]): string => median(measured.map(({ cpuMs }) => (cpuMs / mails) * 1000)).toFixed(0)
    // Of each round with the parser's just before it: what else the machine does changes from one minute to the next.
    const ratio = median(ours.map(({ seconds }, round) => (parser[round]?.seconds ?? 0) / seconds))
    print(
      `(b) SMTP to contact history, ${String(mailBytes)} byte mails, 20 pipelined connections, ${String(rounds)} rounds of ${String(mails)}, medians`,
      ['what', 'mails/s', 'ratio', 'CPU µs/mail, all processes'],
      [
        ['mailparser alone, one core', speed(parser).toFixed(0), '1', cpu(parser)],
        ['the whole product', speed(ours).toFixed(0), ratio.toFixed(2), cpu(ours)],
      ],
      'parsing and Postgres, which share the cores with this client',
    )
  } finally {
    await program.stop()
  }
}

export async function benchGrowth(sizes: readonly number[], mails: number): Promise<void> {
  const program = await startProgram()
  try {
    const sent = { count: 0 }
    await timed(program, 500, sent)
    const rows: string[][] = []
    let first = 0
    let entries = 0
    for (const size of sizes) {
      await fillHistory(program, entries, size)
      entries = size
      await timed(program, 300, sent)
      const seconds: number[] = []
      for (let round = 0; round < rounds; round++) seconds.push((await timed(program, mails, sent)).seconds)
      const cost = (median(seconds) / mails) * 1000
      if (first === 0) first = cost
      rows.push([size.toLocaleString('en'), cost.toFixed(2), (cost / first).toFixed(2)])
    }
    print(
      '(d) milliseconds per mail, end to end, by history entries on file',
      ['entries', 'ms/mail', 'ratio'],
      rows,
      'index depth: every look-up is by key',
    )
  } finally {
    await program.stop()
  }
}

interface Round {
  readonly seconds: number
  /** Of program, database and client together; of the parser alone. */
  readonly cpuMs: number
}

/** The mails are made before the clock starts, here as below. */
async function timed(program: RunningProgram, mails: number, sent: { count: number }): Promise<Round> {
  const messages = Array.from({ length: mails }, (_, n) => benchMessage(n, mailBytes, benchLeads[n % benchLeads.length]))
  sent.count += mails
  const before = program.cpuMs()
  const clientBefore = process.cpuUsage()
  const started = performance.now()
  const load = { port: program.smtpPort, connections: 20, pipelined: true, count: mails, mailFrom: 'anna@xyz.example', rcptTo: crmAddress }
  await deliver({ ...load, message: (n) => messages[n] ?? Buffer.alloc(0) })
  await untilSettled(program, sent.count)
  const seconds = (performance.now() - started) / 1000
  const after = program.cpuMs()
  return { seconds, cpuMs: after.program - before.program + after.database - before.database + ownCpuMs(clientBefore) }
}

async function parserAlone(mails: number): Promise<Round> {
  const messages = Array.from({ length: mails }, (_, n) => benchMessage(n, mailBytes))
  const lean = { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true }
  const before = process.cpuUsage()
  const started = performance.now()
  for (const message of messages) await simpleParser(message, lean)
  return { seconds: (performance.now() - started) / 1000, cpuMs: ownCpuMs(before) }
}

function ownCpuMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Rows as the program would have written them for `from`..`to` mails: mail, people, capture and history entry, spread over the leads. */
async function fillHistory(program: RunningProgram, from: number, to: number): Promise<void> {
  await program.fill(async (client, tenantId) => {
    await client.query(
      `CREATE TEMP TABLE filling ON COMMIT DROP AS
       SELECT gen_random_uuid() AS mail_id, gen_random_uuid() AS entry_id, n, timestamptz '2020-01-01' + n * interval '3 minutes' AS at,
              (SELECT array_agg(id ORDER BY number) FROM lead) AS leads
       FROM generate_series($1::int, $2::int - 1) AS n`,
      [from, to],
    )
    await client.query(
      `INSERT INTO mail (tenant_id, id, content_fingerprint, message_id, message_id_hash, subject, from_address, from_name, direction, occurred_at, received_at, newest_text, text, defects)
       SELECT $1, mail_id, encode(sha256(n::text::bytea), 'hex'), '<filled-' || n || '@xyz.example>', substring(sha256(('<filled-' || n || '@xyz.example>')::bytea) for 16),
              'XYZ Lead ' || n, 'anna@xyz.example', 'Anna Arndt', 'outbound', at, at, repeat('What was written. ', 40), repeat('What was written. ', 40), '[]' FROM filling`,
      [tenantId],
    )
    await client.query(
      `INSERT INTO participant (tenant_id, mail_id, position, role, address, address_key, name)
       SELECT $1, mail_id, p, CASE p WHEN 0 THEN 'from' ELSE 'to' END, a, a, NULL FROM filling, unnest(ARRAY['anna@xyz.example', 'eva@client0.example']) WITH ORDINALITY AS x(a, p)`,
      [tenantId],
    )
    await client.query(
      `INSERT INTO history_entry (tenant_id, id, kind, lead_id, mail_id, occurred_at, recorded_at, evidence, decided_by, direction)
       SELECT $1, entry_id, 'mail', leads[1 + n % 100], mail_id, at, at, '[]', 'rule', 'outbound' FROM filling`,
      [tenantId],
    )
  })
}

/** The whole product as a user starts it, on a folder of its own, with one tenant in it. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'
import { temporaryFolder } from './child.ts'
import { benchLeads, clientOf } from './messages.ts'

const cli = path.join(import.meta.dirname, '../../src/cli.ts')
const readyWithinMs = 60_000
export const crmAddress = 'crm@localhost'

export interface RunningProgram {
  readonly smtpPort: number
  /** Where the page and the API are. */
  readonly http: string
  readonly databaseUrl: string
  /** An operator's key. */
  readonly token: string
  readonly pid: number
  /** Runs `work` in one transaction as the program's role for the bench's tenant: for filling the tables directly. */
  fill(work: (client: Client, tenantId: string) => Promise<void>): Promise<void>
  residentBytes(): number
  /** CPU time of the program, all its threads together, and of its database, all its processes together. */
  cpuMs(): { readonly program: number; readonly database: number }
  /** Whether mails that are in the database wait to be settled. By index and cheap: whoever watches must not take the cores from what he watches. */
  hasOpen(): Promise<boolean>
  /** Counts all of them, which reads the whole table. */
  settled(): Promise<number>
  stop(): Promise<void>
}

const clients = [...new Map(benchLeads.map(clientOf).map((client) => [client.number, client])).values()]

const world = {
  tenants: [
    {
      slug: 'xyz',
      name: 'XYZ GmbH',
      hostNames: ['xyz.example'],
      users: [
        { email: 'anna@xyz.example', name: 'Anna Arndt', role: 'salesperson' },
        { email: 'bernd@xyz.example', name: 'Bernd Brandt', role: 'reviewer' },
      ],
      companies: clients.map(({ domain }) => ({ key: domain, name: `Client ${domain}` })),
      contactPersons: clients.map(({ domain }) => ({
        key: `eva@${domain}`,
        company: domain,
        name: 'Eva Muster',
        addresses: [`eva@${domain}`],
      })),
      leads: benchLeads.map((number, n) => ({
        number,
        name: `Bench topic ${String(n)}`,
        company: clientOf(number).domain,
        status: 'open',
      })),
    },
  ],
}

export async function startProgram(environment: Readonly<Record<string, string>> = {}): Promise<RunningProgram> {
  const folder = temporaryFolder()
  const env = {
    ...process.env,
    DATA_DIR: path.join(folder.path, 'data'),
    SMTP_PORT: '0',
    HTTP_PORT: '0',
    LOG_LEVEL: 'warn',
    CRM_ADDRESSES: crmAddress,
    ...environment,
  }
  const child = spawn(process.execPath, [cli, 'start'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  const runFile = path.join(env.DATA_DIR, 'run.json')
  const deadline = performance.now() + readyWithinMs
  while (!fs.existsSync(runFile)) {
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('the program did not become ready')
    await wait(50)
  }
  const run = JSON.parse(fs.readFileSync(runFile, 'utf8')) as {
    smtp: { port: number }[]
    http: string
    token: string
    database: string
  }
  const file = path.join(folder.path, 'world.json')
  fs.writeFileSync(file, JSON.stringify(world))
  execFileSync(process.execPath, [cli, 'load', file], { env, stdio: 'pipe' })
  const operator = new Client({ connectionString: run.database, options: '-c role=leadpost_operator' })
  await operator.connect()
  return {
    smtpPort: run.smtp[0]?.port ?? 0,
    http: run.http,
    databaseUrl: run.database,
    token: run.token,
    pid: child.pid ?? 0,
    fill: async (work) => {
      const tenants = await operator.query<{ id: string }>("SELECT id FROM tenant WHERE slug = 'xyz'")
      const tenantId = tenants.rows[0]?.id ?? ''
      const client = new Client({ connectionString: run.database })
      await client.connect()
      await client.query(`BEGIN; SET LOCAL ROLE leadpost_program; SET LOCAL app.tenant = '${tenantId}'`)
      await work(client, tenantId)
      await client.query('COMMIT')
      await client.end()
    },
    cpuMs: () => ({ program: timesOf(child.pid ?? 0)?.own ?? 0, database: databaseCpuMs(child.pid ?? 0) }),
    residentBytes: () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${String(child.pid)}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    hasOpen: async () => {
      const found = await operator.query<{ open: boolean }>(
        `SELECT EXISTS (SELECT FROM delivery WHERE tenant_id IS NULL AND state = 'received' AND attempts = 0)
             OR EXISTS (SELECT FROM delivery WHERE tenant_id IS NULL AND (state = 'processing' OR state = 'received' AND attempts > 0)) AS open`,
      )
      return found.rows[0]?.open ?? false
    },
    settled: async () => {
      const found = await operator.query<{ n: string }>("SELECT count(*) AS n FROM delivery WHERE state NOT IN ('received', 'processing')")
      return Number(found.rows[0]?.n ?? 0)
    },
    stop: async () => {
      await operator.end()
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
      folder.remove()
    },
  }
}

/** The server is a child of the program, its backends are the server's, and of those that are gone the server has the sum. */
function databaseCpuMs(program: number): number {
  const times = fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => timesOf(Number(name)) ?? [])
  const servers = times.filter(({ parent, name }) => parent === program && name === 'postgres')
  const backends = times.filter(({ parent }) => servers.some(({ pid }) => pid === parent))
  return [...servers.map(({ own, gone }) => own + gone), ...backends.map(({ own }) => own)].reduce((sum, ms) => sum + ms, 0)
}

/** proc(5): the parent is the 4th field; utime, stime, cutime, cstime are the 14th to 17th, in hundredths of a second on Linux. Null where it is gone. */
function timesOf(pid: number): { pid: number; name: string; parent: number; own: number; gone: number } | null {
  try {
    const stat = fs.readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
    const fields = (stat.split(') ')[1] ?? '').split(' ')
    const ms = (field: number): number => Number(fields[field - 3]) * 10
    return { pid, name: /\((.*)\)/.exec(stat)?.[1] ?? '', parent: Number(fields[1]), own: ms(14) + ms(15), gone: ms(16) + ms(17) }
  } catch {
    return null
  }
}

/** Waits until `count` messages in all are settled; answers nothing, throws when none was settled for a minute. */
export async function untilSettled(program: RunningProgram, count: number): Promise<void> {
  let last = -1
  let since = performance.now()
  for (;;) {
    const isLate = performance.now() - since > 60_000
    if (isLate || !(await program.hasOpen())) {
      const settled = await program.settled()
      if (settled >= count) return
      if (isLate && settled === last) throw new Error(`only ${String(settled)} of ${String(count)} were settled, and no more for a minute`)
      if (settled !== last) [last, since] = [settled, performance.now()]
    }
    await wait(20)
  }
}

/** (a) Durable accept against a bare smtp-server that discards, in turn, so that both meet the same machine. */
import { benchMessage } from './messages.ts'
import { startChild, type Child } from './child.ts'
import { deliver } from './smtp-load.ts'
import { median, print } from './table.ts'

/** smtp-server waits so long before its greeting and has no option for it. */
export const bareGreetingWaitMs = 100
const rounds = 5
/** Until the code of both is compiled: what runs for days is measured, not its first second. */
const warmUp = { bytes: 4 * 1024, connections: 20, count: 30_000 }

export async function benchAccept(seconds: number): Promise<void> {
  const bare = await startChild('bare-server.ts')
  const door = await startChild('door-server.ts')
  try {
    for (const server of [bare, door]) await rate(server, warmUp)
    const rows: string[][] = []
    for (const [bytes, perSecond] of [
      [4 * 1024, 3000],
      [50 * 1024, 1000],
      [1024 * 1024, 80],
    ] as const) {
      for (const connections of [1, 20, 100]) {
        const count = Math.max(connections, Math.round((connections === 1 ? 0.4 : 1) * perSecond * seconds))
        rows.push(await inTurn(bare, door, { bytes, connections, count }))
      }
    }
    print(
      `(a) durable accept against a bare smtp-server that discards, reused connections, medians of ${String(rounds)} rounds in turn`,
      ['mail', 'connections', 'bare, mails/s', 'durable, mails/s', 'ratio'],
      rows,
      'one connection: the disk, since each mail waits for its own write; many: the SMTP parsing of smtp-server',
    )
    await benchFresh(bare, door)
  } finally {
    await Promise.all([bare.stop(), door.stop()])
  }
}

async function inTurn(bare: Child, door: Child, load: { bytes: number; connections: number; count: number }): Promise<string[]> {
  const rates: { bare: number[]; door: number[] } = { bare: [], door: [] }
  await rate(bare, { ...load, count: Math.ceil(load.count / 4) })
  await rate(door, { ...load, count: Math.ceil(load.count / 4) })
  for (let round = 0; round < rounds; round++) {
    rates.bare.push(await rate(bare, load))
    rates.door.push(await rate(door, load))
  }
  const ratio = median(rates.door.map((value, round) => value / (rates.bare[round] ?? value)))
  return [
    `${String(load.bytes / 1024)} KiB`,
    String(load.connections),
    median(rates.bare).toFixed(0),
    median(rates.door).toFixed(0),
    ratio.toFixed(2),
  ]
}

async function rate(server: Child, load: { bytes: number; connections: number; count: number; fresh?: boolean }): Promise<number> {
  const message = benchMessage(0, load.bytes)
  const seconds = await deliver({
    ...load,
    port: Number(server.ready['port']),
    mailFrom: 'anna@xyz.example',
    rcptTo: 'crm@localhost',
    message: () => message,
  })
  return load.count / seconds
}

async function benchFresh(bare: Child, door: Child): Promise<void> {
  const load = { bytes: 4096, connections: 1, count: 50, fresh: true }
  const ms: { bare: number[]; door: number[] } = { bare: [], door: [] }
  for (let round = 0; round < rounds; round++) {
    ms.bare.push(1000 / (await rate(bare, load)) - bareGreetingWaitMs)
    ms.door.push(1000 / (await rate(door, load)))
  }
  print(
    'A whole transaction on a fresh connection from a trusted network, 4 KiB',
    ['', 'ms', 'ratio'],
    [
      [`bare, without its ${String(bareGreetingWaitMs)} ms wait`, median(ms.bare).toFixed(2), '1'],
      ['durable', median(ms.door).toFixed(2), (median(ms.door) / median(ms.bare)).toFixed(2)],
    ],
    'round trips, and one write to the disk',
  )
}

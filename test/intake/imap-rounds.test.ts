/**
 * Every mail exactly once, whatever breaks: rounds of a fault at a moment of chance, against Dovecot. IMAP_ROUNDS says how many (200 before a
 * release); the seed is printed, and IMAP_SEED repeats it.
 */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hasDovecot, startDovecot, type Dovecot } from '../support/dovecot.ts'
import { openTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { newMail, openImapOffice, type Child, type ImapOffice } from './imap-office.ts'

const rounds = Number(process.env['IMAP_ROUNDS'] ?? 8)
const seed = Number(process.env['IMAP_SEED'] ?? Date.now() % 1_000_000)
/** On a busy machine. */
const roundTimeoutMs = 25_000

const faults = ['killUs', 'killServer', 'reset', 'stall', 'halfClose', 'cutAnswers', 'restartServer', 'none'] as const
type Fault = (typeof faults)[number]

let office: ImapOffice
let dovecot: Dovecot
let proxy: TcpProxy
beforeAll(async () => {
  if (!hasDovecot) return
  office = await openImapOffice()
  dovecot = await startDovecot()
  proxy = await openTcpProxy(dovecot.port)
})
afterAll(async () => {
  if (!hasDovecot) return
  await office.close()
  await proxy.close()
  await dovecot.stop()
})

/** Mulberry32. */
function openChance(start: number): (below: number) => number {
  let state = start
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

test.skipIf(!hasDovecot)(
  `${rounds} rounds of faults lose nothing and double nothing (seed ${seed})`,
  async () => {
    const chance = openChance(seed)
    const sent = new Map<string, Fault>()
    const id = await office.add({ port: proxy.port, afterwards: { kind: 'seen' } })
    let child: Child = await office.startChild()
    for (let round = 1; round <= rounds; round++) {
      const fault = faults[(round + chance(faults.length)) % faults.length] ?? 'none'
      const count = 1 + chance(40)
      for (let each = 0; each < count; each++) {
        const text = chance(8) === 0 ? `${'large '.repeat(10_000 + chance(60_000))}\r\n` : undefined
        const mail = newMail(text === undefined ? {} : { text })
        dovecot.deliver(mail)
        sent.set(createHash('sha256').update(mail).digest('hex'), fault)
        if (each === Math.floor(count / 2)) {
          await sleep(chance(150))
          child = await strike(fault, child, chance)
        }
      }
      const rows = await office.waitFor(sent.size, roundTimeoutMs).catch((error: Error) => {
        throw new Error(`round ${round}, ${fault}, seed ${seed}: ${error.message}`, { cause: error })
      })
      const seen = rows.map(({ sha256 }) => sha256)
      expect(
        seen.filter((hash, index) => seen.indexOf(hash) !== index),
        `doubled, round ${round}, ${fault}, seed ${seed}`,
      ).toEqual([])
      expect(new Set(seen)).toEqual(new Set(sent.keys()))
    }
    // Nothing comes late, and what is in is marked.
    await office.waitForMailbox(id, ({ waiting, setAside, state }) => state === 'connected' && waiting === 0 && setAside === 0)
    for (let tries = 0; dovecot.files().some((name) => !/:2,.*S/.test(name)) && tries < 200; tries++) await sleep(50)
    expect(dovecot.files().filter((name) => !/:2,.*S/.test(name))).toEqual([])
    expect(await office.admitted()).toHaveLength(sent.size)
  },
  30_000 + rounds * roundTimeoutMs,
)

/** Lets it happen, and mends it after a while; whoever runs then goes on by himself. */
async function strike(fault: Fault, child: Child, chance: (below: number) => number): Promise<Child> {
  switch (fault) {
    case 'killUs':
      await child.kill()
      return await office.startChild()
    case 'killServer':
      await dovecot.kill()
      await dovecot.start()
      return child
    case 'restartServer':
      await dovecot.restart()
      return child
    case 'reset':
      proxy.reset()
      return child
    case 'halfClose':
      proxy.halfClose()
      return child
    case 'stall':
      proxy.stall()
      await sleep(500 + chance(2_000))
      proxy.resume()
      return child
    case 'cutAnswers':
      proxy.cutAfter(500 + chance(300_000))
      proxy.reset()
      await sleep(200 + chance(1_000))
      proxy.cutAfter(null)
      return child
    case 'none':
      return child
    default:
      return fault satisfies never
  }
}

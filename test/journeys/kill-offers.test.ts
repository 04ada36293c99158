/** kill -9 of the program while it offers waiting mail what was added: every question is asked anew exactly once, and nothing is filed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openLog } from '../../src/log.ts'
import { readConfirmations } from '../../src/store/confirmations.ts'
import { openDatabase } from '../../src/store/database.ts'
import { readHistory } from '../../src/store/history.ts'
import { findTenantId } from '../../src/store/tenants.ts'
import { queuedAs } from '../../src/verbs/story-sender.ts'
import { waitUntilSettled } from '../../src/verbs/wait-until-settled.ts'
import { leadpost, startLeadpost, type Started } from '../verbs/leadpost.ts'

const mails = 100
const kills = 2
const number = '680001'
const timeout = 90_000

let dataDir: string
let env: { DATA_DIR: string; STOP_TIMEOUT_S: string }
let started: Started | null = null
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'leadpost-kill-offers-'))
  env = { DATA_DIR: dataDir, STOP_TIMEOUT_S: '5' }
})
afterEach(async () => {
  await started?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function sendAll(port: number): Promise<string[]> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, pool: true })
  const ids = await Promise.all(
    Array.from({ length: mails }, async (_, at) => {
      const mail = { from: 'anna@xyz.example', to: 'zoe@nowhere.example', subject: `XYZ Lead ${number}`, text: `Mail ${String(at)}` }
      const envelope = { from: 'anna@xyz.example', to: 'crm@localhost' }
      const { response } = (await transport.sendMail({ ...mail, envelope })) as { response: string }
      return queuedAs(response) ?? ''
    }),
  )
  transport.close()
  return ids
}

/** With a connection of its own, for the database goes with its program. */
async function look(): Promise<{ asked: number; offered: number; told: number; filed: number; left: number }> {
  const database = openDatabase({ url: started?.run.database ?? '', log: openLog('silent') })
  try {
    const { items } = await readConfirmations(database, 'xyz')
    const asked = items.filter(({ subject }) => subject === `XYZ Lead ${number}`)
    const tenantId = await findTenantId(database, 'xyz')
    const [rows] = await database.tenantSql(tenantId, (sql) =>
      sql.rows<{ told: number; left: number }>(
        `SELECT (SELECT count(*) FROM audit_entry WHERE action = 'confirmationOffered') AS told,
           (SELECT count(*) FROM reconsideration) + (SELECT count(*) FROM addition WHERE kind <> 'hostName') AS left`,
      ),
    )
    return {
      asked: asked.length,
      offered: asked.filter(({ candidates }) => candidates[0]?.lead === number).length,
      filed: (await readHistory(database, 'xyz', number).catch(() => ({ entries: [] }))).entries.length,
      told: rows?.told ?? -1,
      left: rows?.left ?? -1,
    }
  } finally {
    await database.close()
  }
}

test('each question is asked anew once, however often the program is killed meanwhile', { timeout: 4 * timeout }, async () => {
  started = await startLeadpost(env)
  expect((await leadpost(['load', resolve('fixtures/world.json')], env)).status).toBe(0)
  const ids = await sendAll(started.run.smtp[0]?.port ?? 0)
  const database = openDatabase({ url: started.run.database, log: openLog('silent') })
  await waitUntilSettled(database, ids, { stallMs: timeout })
  await database.close()
  const file = join(dataDir, 'lead.json')
  await writeFile(file, JSON.stringify({ tenants: [{ slug: 'xyz', leads: [{ number, name: 'Made while it is killed' }] }] }))
  expect((await leadpost(['load', file], env)).status).toBe(0)
  for (let kill = 1; kill <= kills; kill++) {
    const enough = (mails / (kills + 2)) * kill
    await expect.poll(async () => (await look()).offered, { timeout, interval: 20 }).toBeGreaterThan(enough)
    await started.stop('SIGKILL')
    started = await startLeadpost(env)
  }
  await expect.poll(async () => (await look()).left, { timeout, interval: 200 }).toBe(0)
  expect(await look()).toEqual({ asked: mails, offered: mails, told: mails, filed: 0, left: 0 })
})

/** Our SMTP listener and spool alone: durable accept, with nothing behind it that would compete for the cores. What is spooled is let go again, as admission would. */
import os from 'node:os'
import fs from 'node:fs'
import path from 'node:path'
import { defaultPolicy } from '../../src/crm/policy.ts'
import type { TenantId } from '../../src/crm/ids.ts'
import { addressKey, domainName } from '../../src/mail/address.ts'
import { openDoor } from '../../src/intake/accept.ts'
import { openSmtpListener } from '../../src/intake/smtp-listener.ts'
import { openSpool } from '../../src/intake/spool.ts'
import { readTrustedNetworks } from '../../src/intake/trusted-networks.ts'
import { openLog } from '../../src/log.ts'

const releaseEveryMs = 50
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'leadpost-bench-door-'))
const log = openLog('error')
const crmAddress = addressKey('crm@localhost')
const domain = domainName('xyz.example')
if (crmAddress === null || domain === null) throw new Error('the bench uses addresses that are none')
const spool = await openSpool({ dataDir, spoolBytesMax: 4 * 1024 ** 3, log })
setInterval(() => {
  void spool.oldest(5000, 1024 ** 3).then((messages) => spool.release(messages))
}, releaseEveryMs).unref()
const hosted = new Map([[domain, { tenantId: 'bench' as TenantId, slug: 'xyz', policy: defaultPolicy }]])
const nobodyMustProve = {
  begin: () => {
    throw new Error('no tenant of the bench refuses senders')
  },
}
const listener = await openSmtpListener({
  options: {
    protocol: 'smtp',
    place: { kind: 'tcp', host: '127.0.0.1', port: 0 },
    name: 'bench.example',
    crmAddresses: [crmAddress],
    messageBytesMax: 50 * 1024 ** 2,
    networks: { trusted: readTrustedNetworks(['127.0.0.0/8']), relays: readTrustedNetworks([]) },
    proxies: readTrustedNetworks([]),
    certificate: { dataDir, given: null },
  },
  door: openDoor({ spool }),
  proofs: nobodyMustProve,
  directory: { tenantsByDomain: async () => hosted, tenantsByThread: async () => [], userForSignIn: async () => null },
  log,
})
console.log(JSON.stringify(listener.bound))
process.stdin
  .on('end', () => {
    void listener
      .close({ drainMs: 0 })
      .then(() => spool.close())
      .then(() => {
        fs.rmSync(dataDir, { recursive: true, force: true })
        process.exit(0)
      })
  })
  .resume()

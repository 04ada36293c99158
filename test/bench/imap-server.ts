/** Two entrances of one program on one accept path: SMTP, and watched mailboxes; admitted into a database, and processed by nobody. */
import { openDoor } from '../../src/intake/accept.ts'
import { openAdmission } from '../../src/intake/admit.ts'
import { openImapWatcher } from '../../src/intake/imap-watcher.ts'
import { openSenderDirectory } from '../../src/intake/sender-directory.ts'
import { openSmtpListener } from '../../src/intake/smtp-listener.ts'
import { openSpool } from '../../src/intake/spool.ts'
import { readTrustedNetworks } from '../../src/intake/trusted-networks.ts'
import { openLog } from '../../src/log.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import { openBlobStore } from '../../src/store/blobs.ts'
import { openDatabase } from '../../src/store/database.ts'

export interface ImapServerSettings {
  readonly databaseUrl: string
  readonly dataDir: string
  readonly keyHex: string
  readonly crmAddress: AddressKey
}

const { databaseUrl, dataDir, keyHex, crmAddress } = JSON.parse(process.argv[2] ?? '{}') as ImapServerSettings
const log = openLog('error')
const messageBytesMax = 50 * 1024 ** 2
const database = openDatabase({ url: databaseUrl, log })
const spool = await openSpool({ dataDir, spoolBytesMax: 4 * 1024 ** 3, log })
const blobs = await openBlobStore({ dataDir, url: null })
const admission = openAdmission({ spool, database, blobs, ring: () => Promise.resolve(), log })
const door = openDoor({ spool })
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
    messageBytesMax,
    networks: { trusted: readTrustedNetworks(['127.0.0.0/8']), relays: readTrustedNetworks([]) },
    proxies: readTrustedNetworks([]),
    certificate: { dataDir, given: null },
  },
  door,
  proofs: nobodyMustProve,
  directory: openSenderDirectory({ database }),
  log,
})
const watcher = await openImapWatcher({
  store: { database },
  door,
  options: { dataDir, mailboxKey: Buffer.from(keyHex, 'hex'), crmAddresses: [crmAddress], messageBytesMax },
  log,
})
console.log(JSON.stringify(listener.bound))
process.stdin
  .on('end', () => {
    void watcher
      .close()
      .then(() => listener.close({ drainMs: 0 }))
      .then(() => admission.close())
      .then(() => spool.close())
      .then(() => process.exit(0))
  })
  .resume()

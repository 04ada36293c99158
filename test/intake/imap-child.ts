/** A process that watches mailboxes, to be killed: started by tests with its settings as the one argument, in JSON. */
import { join } from 'node:path'
import { openDoor } from '../../src/intake/accept.ts'
import { openAdmission } from '../../src/intake/admit.ts'
import { openImapWatcher, type WatcherTiming } from '../../src/intake/imap-watcher.ts'
import { openSpool } from '../../src/intake/spool.ts'
import { openLog } from '../../src/log.ts'
import { openBlobStore } from '../../src/store/blobs.ts'
import { openDatabase } from '../../src/store/database.ts'

export interface ChildSettings {
  readonly databaseUrl: string
  readonly dataDir: string
  readonly blobDir: string
  readonly keyHex: string
  readonly messageBytesMax: number
  readonly timing: Partial<WatcherTiming>
}

const { databaseUrl, dataDir, blobDir, keyHex, messageBytesMax, timing } = JSON.parse(process.argv[2] ?? '{}') as ChildSettings
const log = openLog('warn')
const database = openDatabase({ url: databaseUrl, log })
const spool = await openSpool({ dataDir, spoolBytesMax: 1024 ** 3, log })
const blobs = await openBlobStore({ dataDir: join(blobDir), url: null })
openAdmission({ spool, database, blobs, ring: () => Promise.resolve(), log })
await openImapWatcher({
  store: { database },
  door: openDoor({ spool }),
  options: { dataDir, mailboxKey: Buffer.from(keyHex, 'hex'), crmAddresses: [], messageBytesMax, timing },
  log,
})
process.stdout.write('watching\n')

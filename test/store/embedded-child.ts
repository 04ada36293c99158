/** A process that holds the embedded Postgres of a folder, for tests that kill it: prints a line of JSON once it runs, then does as told. */
import { openLog } from '../../src/log.ts'
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts'

const [dataDir = '', then = 'wait'] = process.argv.slice(2)
try {
  const postgres = await startEmbeddedPostgres({ dataDir, log: openLog('silent'), settings: { fsync: 'off' } })
  process.stdout.write(`${JSON.stringify({ url: postgres.ownerUrl })}\n`)
  if (then === 'throw')
    setTimeout(() => {
      throw new Error('an exception that nobody catches')
    }, 50)
  else if (then === 'exit') setTimeout(() => process.exit(3), 50)
  else if (then === 'stop') await postgres.stop()
  else setInterval(() => {}, 60_000)
} catch (error) {
  process.stdout.write(`${JSON.stringify({ failure: error instanceof Error ? error.message : String(error) })}\n`)
}

/** `leadpost migrate`: brings the database's schema up to date (start does so by itself). */
import type { Config } from '../config.ts'
import { PermanentFailure } from '../failure.ts'
import { findRunningProgram } from '../http/run-file.ts'
import type { Log } from '../log.ts'
import { startEmbeddedPostgres } from '../store/embedded-postgres.ts'
import { applyMigrations, pendingMigrations } from '../store/migrations.ts'
import type { Verb } from './verb.ts'

export const migrate: Verb = {
  name: 'migrate',
  summary: "bring the database's schema up to date (start does so by itself)",
  usage: ['migrate'],
  details: ['With DATABASE_URL: run it before the programs of a new version start. Without: the embedded database is started for it.'],
  options: {},
  logs: 'warnings',
  async run({ config, log, output, json }) {
    const applied = await applyDue(config, log)
    if (json) output.json({ applied })
    else output.line(applied.length === 0 ? 'The schema was up to date.' : `Applied: ${applied.join(', ')}`)
    return 0
  },
}

/** The names of what was applied. */
async function applyDue(config: Config, log: Log): Promise<string[]> {
  if (config.databaseUrl !== null) return applyMigrations({ url: config.databaseUrl, log })
  const running = await findRunningProgram(config.dataDir)
  if (running !== null) {
    const due = await pendingMigrations({ url: running.database })
    if (due.length === 0) return []
    throw new PermanentFailure(
      'conflict',
      `the running program (process ${running.pid}) is older than these migrations: ${due.join(', ')}. Restart it; it applies them then.`,
    )
  }
  const server = await startEmbeddedPostgres({ dataDir: config.dataDir, log })
  try {
    return await applyMigrations({ url: server.ownerUrl, log })
  } finally {
    await server.stop()
  }
}

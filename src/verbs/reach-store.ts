/** Opens the store for one verb: beside a running program its database, without one the program's own for as long as the verb needs it. */
import type { Config } from '../config.ts'
import { findRunningProgram, type RunFile } from '../http/run-file.ts'
import type { Log } from '../log.ts'
import { openStore, type Store } from '../store/open-store.ts'

/** @param work is handed the store and, where one runs, the program beside which it works. */
export async function withStore<T>(config: Config, log: Log, work: (store: Store, running: RunFile | null) => Promise<T>): Promise<T> {
  const running = await findRunningProgram(config.dataDir)
  const store = await openStore({
    dataDir: config.dataDir,
    databaseUrl: running?.database ?? config.databaseUrl,
    blobUrl: config.blobUrl,
    log,
    migrate: running === null,
  })
  try {
    return await work(store, running)
  } finally {
    await store.close()
  }
}

/** DATA_DIR: closed to others, in a place that is as open as it was. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { PermanentFailure, wordsOf } from '../failure.ts'

/** Makes the folder where it is missing. Throws PermanentFailure('dataFolderUnusable') where it cannot be made or written. */
export function makeDataDir(dataDir: string): void {
  try {
    // The folders above get the usual mode: the database's user has to walk through them.
    makeFolder(dirname(dataDir), 0o777)
    makeFolder(dataDir, 0o700)
    accessSync(dataDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    const words = `DATA_DIR ${dataDir} cannot be written: ${wordsOf(error)}. Set DATA_DIR to a folder that this user may write.`
    throw new PermanentFailure('dataFolderUnusable', words, { cause: error })
  }
}

/** Not mkdir's own `recursive`, which never ends where a folder may not be made though its parent is there (under /proc, say). */
function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder), 0o777)
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

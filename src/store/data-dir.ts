/** DATA_DIR: closed to others, in a place that is as open as it was. */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { PermanentFailure, wordsOf } from '../failure.ts'

/** Makes the folder where it is missing. Throws PermanentFailure('dataFolderUnusable') where it cannot be made or written. */
export function makeDataDir(dataDir: string): void {
  try {
    // The folders above get the usual mode: the database's user has to walk through them.
    mkdirSync(dirname(dataDir), { recursive: true })
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    const words = `DATA_DIR ${dataDir} cannot be written: ${wordsOf(error)}. Set DATA_DIR to a folder that this user may write.`
    throw new PermanentFailure('dataFolderUnusable', words, { cause: error })
  }
}

/**
 * One holder per folder. The kernel keeps the lock (flock) and drops it however the holder ends, so there is no stale lock to guess about;
 * the file's text only serves to say who it is.
 */
import { spawn } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { basename } from 'node:path'
import { PermanentFailure } from '../failure.ts'

export interface HeldFolder {
  release(): void
}

/**
 * Holds the folder of `file` for this process until `release` or its end. Throws PermanentFailure('dataFolderHeld'), which names the holder.
 */
export async function holdFolder(file: string, what: string): Promise<HeldFolder> {
  const descriptor = openSync(file, 'a+', 0o600)
  try {
    if (!(await lock(descriptor, file))) {
      const holder = readFileSync(file, 'utf8').trim()
      throw new PermanentFailure(
        'dataFolderHeld',
        `${what} is held by ${holder === '' ? 'another process' : holder}. Stop that first, or use another folder.`,
      )
    }
    ftruncateSync(descriptor)
    writeSync(descriptor, `process ${String(process.pid)} (${[...process.argv.slice(1, 3)].map((part) => basename(part)).join(' ')})\n`)
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
  return { release: () => closeSync(descriptor) }
}

/** Node has no flock; the program of that name locks the open file that it shares with us, and the lock outlives it. */
async function lock(descriptor: number, file: string): Promise<boolean> {
  return await new Promise((resolve, reject) => {
    const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] })
    child.once('error', () => resolve(!holderLives(file)))
    child.once('exit', (code) => {
      if (code === 0 || code === 1) resolve(code === 0)
      else reject(new PermanentFailure('dataFolderUnusable', `${file} cannot be locked (flock ended with ${String(code)})`))
    })
  })
}

/** Where the machine has no `flock` program: the process that wrote its number into the file, if it is still there. */
function holderLives(file: string): boolean {
  const pid = Number(/^process (\d+)/.exec(readFileSync(file, 'utf8'))?.[1])
  if (!Number.isInteger(pid) || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

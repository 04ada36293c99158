/** `DATA_DIR/run.json`: how the verbs beside a running program find it, and how a stale file is told from a live one (INTERFACE "run.json"). */
import { randomBytes } from 'node:crypto'
import { open, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { PermanentFailure, TemporaryFailure, wordsOf } from '../failure.ts'

const listenerSchema = z.object({ host: z.string(), port: z.number().int() })

const runFileSchema = z.object({
  pid: z.number().int().positive(),
  http: z.string(),
  smtp: z.array(listenerSchema),
  lmtp: z.array(z.union([listenerSchema, z.object({ path: z.string() })])),
  startedAt: z.string(),
  version: z.string(),
  /** The operator's key for /internal, good as long as this program runs. */
  token: z.string(),
  /** URL of the database that the program uses, for the verbs beside it. */
  database: z.string(),
})

export type RunFile = z.infer<typeof runFileSchema>

const probeTimeoutMs = 5_000

export function runFilePath(dataDir: string): string {
  return join(dataDir, 'run.json')
}

/** 256 bits, so that nobody on the machine guesses it. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Written whole or not at all, readable by its owner alone: it carries a key and a database password. */
export async function writeRunFile(dataDir: string, run: RunFile): Promise<void> {
  const path = runFilePath(dataDir)
  const draft = `${path}.${run.pid}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.chmod(0o600)
    await file.writeFile(`${JSON.stringify(run, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
}

/** Takes the file away unless another program has written its own meanwhile. */
export async function removeRunFile(dataDir: string, run: RunFile): Promise<void> {
  const now = await readRunFile(dataDir)
  if (now?.token === run.token) await unlink(runFilePath(dataDir))
}

/** Null where there is none or it cannot be understood (half of a file of another version, say). Throws PermanentFailure('dataFolderUnusable'). */
async function readRunFile(dataDir: string): Promise<RunFile | null> {
  try {
    const parsed = runFileSchema.safeParse(JSON.parse(await readFile(runFilePath(dataDir), 'utf8')))
    return parsed.success ? parsed.data : null
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || error instanceof SyntaxError) return null
    const words = `DATA_DIR ${dataDir} cannot be read: ${wordsOf(error)}. Set DATA_DIR to the program's folder, and run this as the user that it runs as.`
    throw new PermanentFailure('dataFolderUnusable', words, { cause: error })
  }
}

/**
 * The program that runs in this data folder, or null. A file left behind by a kill -9 is told from a live one by asking the program itself: a process id
 * may have been given to somebody else since, a port as well, but nobody else answers with this start time.
 * @throws TemporaryFailure `stopping` where its process lives but does not answer: then nobody may touch its folder.
 */
export async function findRunningProgram(dataDir: string): Promise<RunFile | null> {
  const run = await readRunFile(dataDir)
  if (run === null) return null
  try {
    const response = await fetch(new URL('/health/live', run.http), { signal: AbortSignal.timeout(probeTimeoutMs) })
    const body: unknown = await response.json()
    return liveBodySchema.safeParse(body).data?.startedAt === run.startedAt ? run : null
  } catch (error) {
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError'
    if (!timedOut || !isProcessAlive(run.pid)) return null
    throw new TemporaryFailure(
      'stopping',
      `the program with process id ${run.pid} holds ${dataDir} but does not answer at ${run.http}: ${wordsOf(error)}. Wait for it, or stop it.`,
      { cause: error },
    )
  }
}

const liveBodySchema = z.object({ startedAt: z.string() })

function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

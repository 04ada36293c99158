/** Runs the command line as a user would: as a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunFile } from '../../src/http/run-file.ts'

const cli = resolve('src/cli.ts')
const readyTimeoutMs = 60_000
const pollMs = 50

export interface Ended {
  readonly status: number | null
  readonly out: string
  readonly err: string
}

export type Environment = Readonly<Record<string, string>>

function environmentOf(environment: Environment): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    TMPDIR: process.env['TMPDIR'] ?? '/tmp',
    SMTP_PORT: '0',
    HTTP_PORT: '0',
    // Nobody listens there: no test makes a real look-up.
    DNS_SERVERS: '127.0.0.1:9',
    ...environment,
  }
}

export function launch(words: readonly string[], environment: Environment): ChildProcess {
  return spawn(process.execPath, [cli, ...words], { env: environmentOf(environment), stdio: ['pipe', 'pipe', 'pipe'] })
}

export async function leadpost(words: readonly string[], environment: Environment, input = ''): Promise<Ended> {
  const child = launch(words, environment)
  child.stdin?.end(input)
  if (child.stdout === null || child.stderr === null) throw new Error('a child has its streams')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { status: child.exitCode, out, err }
}

/** The one JSON document of a call with `--json`; throws where standard output holds anything else. */
export async function leadpostJson<T>(words: readonly string[], environment: Environment): Promise<T> {
  const { out } = await leadpost([...words, '--json'], environment)
  return JSON.parse(out) as T
}

export interface Started {
  readonly run: RunFile
  readonly child: ChildProcess
  /** What it said on standard error so far. */
  said(): string
  /** Sends the signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** `leadpost start`, ready: run.json is there. With `killAfterMs` it is killed at that moment, ready or not. */
export async function startLeadpost(environment: Environment & { readonly DATA_DIR: string }, killAfterMs?: number): Promise<Started> {
  const child = launch(['start'], environment)
  if (killAfterMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  child.stdout?.resume()
  const run = await readyRunFile(environment.DATA_DIR, child, () => said)
  return {
    run,
    child,
    said: () => said,
    async stop(signal = 'SIGTERM') {
      const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
      child.kill(signal)
      await ended
      return child.exitCode
    },
  }
}

async function readyRunFile(dataDir: string, child: ChildProcess, said: () => string): Promise<RunFile> {
  const deadline = performance.now() + readyTimeoutMs
  while (performance.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`leadpost start ended (${child.exitCode ?? child.signalCode}): ${said()}`)
    const written = await readFile(join(dataDir, 'run.json'), 'utf8').catch(() => null)
    const run = written === null ? null : (JSON.parse(written) as RunFile)
    // A file of a run that was killed lies there until the new one is ready.
    if (run !== null && run.pid === child.pid) return run
    await sleep(pollMs)
  }
  throw new Error(`leadpost start is not ready: ${said()}`)
}

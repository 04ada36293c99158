/** Servers under measurement run in processes of their own; each prints one JSON line when it is ready and ends when its standard input closes. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'

export interface Child {
  readonly pid: number
  readonly ready: Record<string, unknown>
  /** Resident memory of the process in bytes. */
  residentBytes(): number
  stop(): Promise<void>
}

export async function startChild(script: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Child> {
  const file = path.join(import.meta.dirname, script)
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } })
  const ready = await firstLine(child, script)
  const pid = child.pid ?? 0
  return {
    pid,
    ready,
    residentBytes: () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024,
    stop: async () => {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.stdin.end()
      await gone
    },
  }
}

async function firstLine(child: ChildProcess, script: string): Promise<Record<string, unknown>> {
  if (!child.stdout) throw new Error(`${script} has no standard output`)
  const lines = createInterface({ input: child.stdout })
  const died = once(child, 'exit').then(([code]): never => {
    throw new Error(`${script} ended with ${String(code)} before it was ready`)
  })
  const [line] = await Promise.race([once(lines, 'line'), died])
  return JSON.parse(String(line)) as Record<string, unknown>
}

/** A folder for one measurement; in the system's temporary folder, which must be a real disk for fsync to mean something. */
export function temporaryFolder(): { path: string; remove(): void } {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leadpost-bench-'))
  fs.chmodSync(folder, 0o755)
  return { path: folder, remove: () => fs.rmSync(folder, { recursive: true, force: true }) }
}

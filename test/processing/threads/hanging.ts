/** A parser thread that never comes back for whole mails with `hang` in them, dies of memory over `eat`, ends its thread over `exit`, and waits for a file over `wait-for`. */
import { existsSync, readFileSync } from 'node:fs'
import { type ParserTask, readInThread as readReally } from '../../../src/processing/parser-thread.ts'

export async function readInThread(tasks: readonly ParserTask[]) {
  for (const task of tasks) {
    if (task.what === 'header') continue
    const bytes = task.bytes ?? readFileSync(task.file ?? '')
    const text = Buffer.from(bytes).toString('latin1')
    if (text.includes('please-hang')) for (;;);
    const awaited = /wait-for:(\S+)/.exec(text)?.[1]
    if (awaited !== undefined) waitFor(awaited)
    if (text.includes('please-exit')) process.exit(3)
    const eaten: string[] = []
    while (text.includes('please-eat')) eaten.push(`${'x'.repeat(1_000_000)}${eaten.length}`.split('').toReversed().join(''))
  }
  return await readReally(tasks)
}

function waitFor(file: string): void {
  while (!existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
}

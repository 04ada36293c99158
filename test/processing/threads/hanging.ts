/** A parser thread that never comes back for whole mails with `hang` in them, dies of memory over `eat`, ends its thread over `exit`, and takes a while over `dawdle`. */
import { readFileSync } from 'node:fs'
import { type ParserTask, readInThread as readReally } from '../../../src/processing/parser-thread.ts'

export async function readInThread(tasks: readonly ParserTask[]) {
  for (const task of tasks) {
    if (task.what === 'header') continue
    const bytes = task.bytes ?? readFileSync(task.file ?? '')
    const text = Buffer.from(bytes).toString('latin1')
    if (text.includes('please-hang')) for (;;);
    if (text.includes('please-dawdle')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000)
    if (text.includes('please-exit')) process.exit(3)
    const eaten: string[] = []
    while (text.includes('please-eat')) eaten.push(`${'x'.repeat(1_000_000)}${eaten.length}`.split('').toReversed().join(''))
  }
  return await readReally(tasks)
}

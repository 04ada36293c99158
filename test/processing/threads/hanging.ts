/** A parser thread that never comes back for whole mails with `hang` in them, dies of memory over `eat`, and ends its thread over `exit`. */
import { type ParserTask, readInThread as readReally } from '../../../src/processing/parser-thread.ts'

export async function readInThread(tasks: readonly ParserTask[]) {
  for (const task of tasks) {
    if (task.what === 'header' || task.bytes === null) continue
    const text = Buffer.from(task.bytes).toString('latin1')
    if (text.includes('please-hang')) for (;;);
    if (text.includes('please-exit')) process.exit(3)
    const eaten: string[] = []
    while (text.includes('please-eat')) eaten.push(`${'x'.repeat(1_000_000)}${eaten.length}`.split('').reverse().join(''))
  }
  return await readReally(tasks)
}

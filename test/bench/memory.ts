/** (c) Resident memory of the program while large mails come in on many connections. */
import { benchMessage } from './messages.ts'
import { crmAddress, startProgram, untilSettled } from './program.ts'
import { deliver } from './smtp-load.ts'
import { print } from './table.ts'

const mailBytes = 50 * 1024 * 1024 - 64 * 1024
const connections = 20
const sampleEveryMs = 50

export async function benchMemory(mails: number): Promise<void> {
  const program = await startProgram()
  try {
    const small = { port: program.smtpPort, connections, mailFrom: 'anna@xyz.example', rcptTo: crmAddress }
    await deliver({ ...small, count: 500, message: (n) => benchMessage(n, 4096) })
    await untilSettled(program, 500)
    const before = program.residentBytes()
    let peak = before
    const sampling = setInterval(() => {
      peak = Math.max(peak, program.residentBytes())
    }, sampleEveryMs)
    const body = benchMessage(0, mailBytes)
    const seconds = await deliver({
      ...small,
      count: mails,
      message: (n) => Buffer.concat([Buffer.from(`X-Bench: ${String(n)}\r\n`), body]),
    })
    const afterIntake = peak
    await untilSettled(program, 500 + mails)
    clearInterval(sampling)
    const mib = (bytes: number): string => (bytes / 1024 / 1024).toFixed(0)
    print(
      `(c) resident memory of the program, ${String(mails)} mails of ${mib(mailBytes)} MiB on ${String(connections)} connections (${((mails * mailBytes) / 1024 / 1024 / seconds).toFixed(0)} MiB/s)`,
      ['before', 'peak while receiving', 'peak until all settled', 'growth (MiB)'],
      [[mib(before), mib(afterIntake), mib(peak), mib(peak - before)]],
      'stream buffers while receiving; the parser reads one large mail at a time',
    )
  } finally {
    await program.stop()
  }
}

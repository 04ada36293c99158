/** Mail clients that others wrote, against our listener. */
import { execFileSync, spawn } from 'node:child_process'
import { afterEach, describe, expect, it } from 'vitest'
import { listening, mail, type Listening, type ListeningOptions } from './support/listening.ts'

const open: Listening[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

async function opened(options: ListeningOptions = {}): Promise<Listening> {
  const one = await listening(options)
  open.push(one)
  return one
}

/** Skips loudly: a machine without the client tests less, and says so. */
function isInstalled(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' })
    return true
  } catch {
    console.warn(`skipped: ${program} is not installed`)
    return false
  }
}

async function run(program: string, args: readonly string[], input = ''): Promise<{ code: number | null; output: string }> {
  const child = spawn(program, args)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdin.end(input)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

describe.runIf(isInstalled('swaks'))('swaks', () => {
  const base = (port: number): string[] => [
    '--server',
    `127.0.0.1:${port}`,
    '--from',
    'anna@xyz.example',
    '--to',
    'crm@crm.example',
    '--h-From',
    'anna@xyz.example',
  ]

  it('delivers a mail and is told its id', async () => {
    const { port, spooled } = await opened()
    const { code, output } = await run('swaks', [...base(port), '--h-Subject', 'XYZ Lead 11111', '--body', '.\n..dots\n.end'])
    expect(code).toBe(0)
    const [message] = await spooled()
    expect(output).toContain(`queued as ${message?.entry.id}`)
    expect(Buffer.from(message?.content ?? []).toString()).toContain('\r\n.\r\n..dots\r\n.end\r\n')
  })

  it('pipelining delivers as well', async () => {
    const { port, spooled } = await opened()
    expect((await run('swaks', [...base(port), '--pipeline'])).code).toBe(0)
    expect(await spooled()).toHaveLength(1)
  })

  it('is told why, for a recipient who is no CRM address and for an unknown sender', async () => {
    const { port } = await opened()
    const wrongRecipient = await run('swaks', [...base(port), '--to', 'eva@acme.example'])
    expect(wrongRecipient.code).toBe(24)
    expect(wrongRecipient.output).toContain('550 5.1.1')
    const wrongSender = await run('swaks', [...base(port), '--h-From', 'm@nobody.example'])
    expect(wrongSender.code).toBe(26)
    expect(wrongSender.output).toContain('550 5.7.1')
  })
})

describe.runIf(isInstalled('msmtp'))('msmtp', () => {
  const base = (port: number): string[] => [
    '--host=127.0.0.1',
    `--port=${port}`,
    '--from=anna@xyz.example',
    '--auth=off',
    '--set-date-header=off',
    '--set-msgid-header=off',
  ]

  it('delivers a mail as it was written, in clear and over TLS', async () => {
    const { port, spooled } = await opened()
    const text = mail({ body: '.\r\nend' })
    expect(await run('msmtp', [...base(port), '--tls=off', 'crm@crm.example'], text.replaceAll('\r\n', '\n'))).toEqual({
      code: 0,
      output: '',
    })
    const tls = ['--tls=on', '--tls-starttls=on', '--tls-certcheck=off']
    expect(await run('msmtp', [...base(port), ...tls, 'crm@crm.example'], text.replaceAll('\r\n', '\n'))).toEqual({ code: 0, output: '' })
    const messages = await spooled()
    expect(messages.map((message) => Buffer.from(message.content ?? []).toString())).toEqual([text, text])
    expect(messages.map((message) => message.entry.envelope.tls !== null)).toEqual([false, true])
  })

  it('keeps the mail, and says why, when the spool is full', async () => {
    const { port } = await opened({ spoolBytesMax: 10 })
    const { code, output } = await run('msmtp', [...base(port), '--tls=off', 'crm@crm.example'], mail().replaceAll('\r\n', '\n'))
    // EX_TEMPFAIL or EX_UNAVAILABLE: msmtp does not queue itself.
    expect(code).not.toBe(0)
    expect(output).toContain('452 4.3.1')
  })
})

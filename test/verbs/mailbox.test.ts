import { Readable } from 'node:stream'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { openLog } from '../../src/log.ts'
import { mailbox } from '../../src/verbs/mailbox.ts'
import { openOutput } from '../../src/verbs/output.ts'
import { UsageError, VerbOptions } from '../../src/verbs/verb.ts'

const place = { host: 'imap.example', user: 'crm', 'password-stdin': true }

async function add(values: Record<string, unknown>, input = 'secret\n'): Promise<number> {
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([Buffer.from(input)], { objectMode: false }) as typeof process.stdin)
  // Nothing listens there: what gets that far has passed all checks.
  const config = readConfig({ DATA_DIR: '/nonexistent/leadpost', DATABASE_URL: 'postgres://127.0.0.1:1/x', MAILBOX_KEY: '00'.repeat(32) })
  const options = new VerbOptions(values)
  return await mailbox.run({ positionals: ['add'], options, json: true, config, log: openLog('silent'), output: openOutput() })
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('mailbox add', () => {
  test.each([
    ['--host', { user: 'u', 'password-stdin': true }],
    ['--host', { ...place, host: 'two words' }],
    ['--host', { ...place, host: 'https://imap.example' }],
    ['--user', { ...place, user: 'a\r\nb' }],
    ['--password-stdin or --oauth2-stdin', { host: 'h', user: 'u' }],
    ['--password-stdin or --oauth2-stdin', { ...place, 'oauth2-stdin': true }],
    ['--tls is "maybe"', { ...place, tls: 'maybe' }],
    ['--port', { ...place, port: '70000' }],
    ['--after is "burn"', { ...place, after: 'burn' }],
    ['--after', { ...place, after: 'move:' }],
    ['--trusted-authserv-id', { ...place, 'trusted-authserv-id': 'mx example' }],
  ])('is told how it is used: %s', async (says, values) => {
    const failure = await add(values).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UsageError)
    expect((failure as Error).message).toContain(says)
  })

  test.each([
    ['password is empty', 'password-stdin', '\n'],
    ['of several lines', 'password-stdin', 'one\ntwo\n'],
    ['no JSON object', 'oauth2-stdin', 'secret-grant'],
    ['"refreshToken" is missing', 'oauth2-stdin', '{"tokenUrl": "https://a.example/", "clientId": "secret-grant"}'],
    ['https://', 'oauth2-stdin', '{"tokenUrl": "http://a.example/", "clientId": "a", "refreshToken": "secret-grant"}'],
  ])('refuses a secret that is none, without telling it: %s', async (says, kind, input) => {
    const failure = await add({ host: 'h', user: 'u', [kind]: true }, input).catch((error: unknown) => error)
    expect((failure as Error).message).toContain(says)
    expect((failure as Error).message).not.toContain('secret-grant')
  })

  test('takes addresses, names, ports and all that may be done afterwards', async () => {
    for (const more of [
      { host: '::1' },
      { host: 'IMAP.Example' },
      { port: '1' },
      { tls: 'starttls' },
      { after: 'move:Done/2026' },
      { after: 'leave' },
    ]) {
      const failure = await add({ ...place, ...more }).catch((error: unknown) => error)
      expect(failure).not.toBeInstanceOf(UsageError)
      expect(failure).not.toBe(0)
    }
  })
})

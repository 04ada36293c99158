import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { describeVariables, readConfig } from '../../src/config.ts'

test('without any variable the defaults of the documentation hold', () => {
  const config = readConfig({})
  expect(config).toMatchObject({
    dataDir: resolve('data'),
    databaseUrl: null,
    redisUrl: null,
    blobUrl: null,
    crmAddresses: ['crm@localhost'],
    trustedNetworks: ['127.0.0.0/8', '::1'],
    relayNetworks: [],
    proxyNetworks: [],
    lmtp: { places: [], socketMode: 0o660 },
    smtp: { host: '127.0.0.1', port: 2525, tls: null },
    http: { host: '127.0.0.1', port: 3000 },
    messageBytesMax: 50 * 1024 * 1024,
    stopTimeoutMs: 20_000,
    logLevel: 'info',
  })
  expect([...config.roles]).toEqual(['smtp', 'imap', 'worker', 'web'])
})

test('an empty variable counts as absent', () => {
  expect(readConfig({ SMTP_PORT: '', DATABASE_URL: '' })).toMatchObject({ smtp: { port: 2525 }, databaseUrl: null })
})

test('values are read into the form in which the program uses them', () => {
  const config = readConfig({
    CRM_ADDRESSES: 'CRM@Xyz.Example, verkauf@xyz.example',
    TRUSTED_NETWORKS: 'none',
    RELAY_NETWORKS: '192.0.2.7, 2001:db8::/32',
    PROXY_NETWORKS: '10.0.0.5',
    LMTP_LISTEN: '127.0.0.1:2424, [::1]:2424,unix:/run/leadpost/lmtp',
    LMTP_SOCKET_MODE: '666',
    ROLES: 'worker , smtp',
    MESSAGE_BYTES_MAX: '10 MiB',
    STOP_TIMEOUT_S: '3',
    DNS_SERVERS: '192.0.2.53,[2001:db8::53]:5353',
    SMTP_TLS_CERT: '/tls/cert.pem',
    SMTP_TLS_KEY: '/tls/key.pem',
  })
  expect(config).toMatchObject({
    crmAddresses: ['crm@xyz.example', 'verkauf@xyz.example'],
    trustedNetworks: [],
    relayNetworks: ['192.0.2.7', '2001:db8::/32'],
    proxyNetworks: ['10.0.0.5'],
    lmtp: {
      places: [
        { kind: 'tcp', host: '127.0.0.1', port: 2424 },
        { kind: 'tcp', host: '::1', port: 2424 },
        { kind: 'unix', path: '/run/leadpost/lmtp' },
      ],
      socketMode: 0o666,
    },
    messageBytesMax: 10_485_760,
    stopTimeoutMs: 3_000,
    dnsServers: ['192.0.2.53', '[2001:db8::53]:5353'],
    smtp: { tls: { certFile: '/tls/cert.pem', keyFile: '/tls/key.pem' } },
  })
  expect([...config.roles]).toEqual(['smtp', 'worker'])
})

test.each([
  ['SMTP_PORT', '70000', 'a port number'],
  ['SMTP_PORT', '-1', 'a port number'],
  ['HTTP_PORT', 'http', 'a port number'],
  ['SMTP_HOST', 'localhost', 'an IP address'],
  ['ROLES', 'smtp,wroker', 'smtp, imap, worker, web'],
  ['CRM_ADDRESSES', 'crm', 'plain mail addresses'],
  ['CRM_ADDRESSES', ' , ', 'plain mail addresses'],
  ['TRUSTED_NETWORKS', '10.0.0.0/33', 'networks'],
  ['TRUSTED_NETWORKS', 'example.com', 'networks'],
  ['RELAY_NETWORKS', 'mail.example.com', 'networks'],
  ['PROXY_NETWORKS', '10.0.0.5/33', 'networks'],
  ['LMTP_LISTEN', '2424', 'places'],
  ['LMTP_LISTEN', '127.0.0.1:65536', 'places'],
  ['LMTP_LISTEN', '::1:2424', 'places'],
  ['LMTP_LISTEN', 'localhost:2424', 'places'],
  ['LMTP_LISTEN', 'unix:run/lmtp', 'places'],
  ['LMTP_LISTEN', `unix:/${'x'.repeat(107)}`, 'places'],
  ['LMTP_SOCKET_MODE', '0o660', 'octal'],
  ['LMTP_SOCKET_MODE', '0860', 'octal'],
  ['MESSAGE_BYTES_MAX', '50 apples', 'a number of bytes'],
  ['MESSAGE_BYTES_MAX', '0', 'a number of bytes'],
  ['DATABASE_URL', 'mysql://localhost/x', 'postgres://'],
  ['REDIS_URL', 'localhost:6379', 'redis://'],
  ['LOG_LEVEL', 'loud', 'one of trace'],
  ['DNS_SERVERS', 'dns.example', 'IP addresses'],
])('%s may not be "%s", and the error says what it was and what it may be', (name, was, mayBe) => {
  expect(() => readConfig({ [name]: was })).toThrow(
    expect.objectContaining({ code: 'configurationInvalid', message: expect.stringContaining(mayBe) as unknown }),
  )
  expect(() => readConfig({ [name]: was })).toThrow(`${name} is "${was}"; it may be`)
})

test('all errors are told at once', () => {
  expect(() => readConfig({ SMTP_PORT: 'a', HTTP_PORT: 'b' })).toThrow(/SMTP_PORT[^]*HTTP_PORT/)
})

test('a password in a wrong URL is not shown', () => {
  expect(() => readConfig({ DATABASE_URL: 'mysql://anna:geheim@db.example/x' })).toThrow(/mysql:\/\/anna:\*\*\*@db\.example/)
})

test('certificate and key are given together', () => {
  expect(() => readConfig({ SMTP_TLS_CERT: '/cert.pem' })).toThrow('SMTP_TLS_KEY is missing')
})

test('a .env file in the working folder is read, and the environment wins over it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'leadpost-env-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, '.env'), 'SMTP_PORT=1111\nHTTP_PORT="2222"\n')
  const script = `import { readConfig } from ${JSON.stringify(resolve('src/config.ts'))}; const c = readConfig(); process.stdout.write(JSON.stringify([c.smtp.port, c.http.port]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HTTP_PORT: '3333' },
  })
  expect(JSON.parse(stdout)).toEqual([1111, 3333])
})

test('every variable has a description', () => {
  expect(describeVariables().filter((variable) => !/\w{3}.*\.$/.test(variable.description))).toEqual([])
})

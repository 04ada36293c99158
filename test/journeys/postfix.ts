/** A Postfix of its own on a throw-away folder (it needs root): takes mail on a free port and hands what is for the CRM to a given port. */
import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../support/free-port.ts'

const run = promisify(execFile)

export interface Postfix {
  readonly port: number
  /** Its whole log so far. */
  log(): Promise<string>
  /** Tries again at once whatever is deferred. */
  flush(): Promise<void>
  /** As a program on that machine does. */
  sendmail(raw: string, from: string, to: string): Promise<void>
  /** What `postqueue -p` shows. */
  queue(): Promise<string>
  close(): Promise<void>
}

/** Mail for crm.example goes to `relayPort` by SMTP; whoever asks for anything else is refused. */
export async function startPostfix(relayPort: number): Promise<Postfix> {
  const lines = `mydestination =
local_recipient_maps =
recipient_delimiter = +
relay_domains = crm.example
transport_maps = inline:{ {crm.example = smtp:[127.0.0.1]:${relayPort}} }
`
  return await startPostfixWith({ lines: () => lines })
}

export interface PostfixSetting {
  /** What main.cf says beside the places that it is to keep to; `folder` is the one that stands for /etc/postfix. */
  readonly lines: (folder: string) => string
  /** Run before it starts, with that folder. */
  readonly prepare?: (folder: string) => Promise<void>
}

export async function startPostfixWith({ lines, prepare }: PostfixSetting): Promise<Postfix> {
  const folder = await mkdtemp(join(tmpdir(), 'leadpost-postfix-'))
  await chmod(folder, 0o755)
  const [config, queue, data] = [join(folder, 'config'), join(folder, 'queue'), join(folder, 'data')]
  for (const each of [config, queue, data]) await mkdir(each)
  const { stdout: uid } = await run('id', ['-u', 'postfix'])
  await chown(data, Number(uid), 0)
  const port = await freePort()
  const log = join(folder, 'log')
  await writeFile(join(config, 'main.cf'), `${mainConfig({ queue, data, log, folder })}${lines(config)}`)
  await writeFile(join(config, 'master.cf'), services(port))
  await prepare?.(config)
  const postfix = (...words: string[]): Promise<unknown> => run('postfix', ['-c', config, ...words], { env: withSystemPath() })
  await postfix('start')
  return {
    port,
    log: () => readFile(log, 'utf8'),
    async flush() {
      await run('postqueue', ['-c', config, '-f'], { env: withSystemPath() })
    },
    async sendmail(raw, from, to) {
      const sending = run('sendmail', ['-C', config, '-i', '-f', from, to], { env: withSystemPath() })
      sending.child.stdin?.end(raw)
      await sending
    },
    async queue() {
      const { stdout } = await run('postqueue', ['-c', config, '-p'], { env: withSystemPath() })
      return stdout
    },
    async close() {
      await postfix('stop').catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** With what Debian puts into /usr/sbin. */
export function withSystemPath(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
}

function mainConfig(place: { queue: string; data: string; log: string; folder: string }): string {
  return `compatibility_level = 3.6
queue_directory = ${place.queue}
data_directory = ${place.data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.xyz.example
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
default_transport = discard
maillog_file = ${place.log}
maillog_file_prefixes = ${place.folder}
smtp_tls_security_level = may
smtp_tls_loglevel = 1
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 1s
smtp_connect_timeout = 5s
lmtp_connect_timeout = 5s
`
}

function services(port: number): string {
  return `127.0.0.1:${port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
lmtp unix - - n - - lmtp
local unix - n n - - local
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
`
}

/** A throw-away Dovecot (Debian's dovecot-imapd) on a port of its own; works as root and as an ordinary user. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'

const binary = '/usr/sbin/dovecot'
/** Whatever looks for mail here: 5 s to start on a busy machine. */
const startTriesMax = 200

/** Tests that need it skip without, loudly; where LEADPOST_CI is set they fail instead (.ci/run). */
export const hasDovecot = existsSync(binary)
if (!hasDovecot)
  process.stderr.write('SKIPPED: tests against a real IMAP server, since Dovecot is not installed (apt-get install dovecot-imapd)\n')

export interface Dovecot {
  readonly port: number
  readonly user: string
  readonly password: string
  /** Puts a message into a folder (INBOX by default) as a delivery agent does, behind the server's back; answers nothing. */
  deliver(message: string | Uint8Array, folder?: string): void
  /** How many messages lie in the user's folder. */
  count(folder?: string): number
  /** Names of the files, with their flags behind `:2,`. */
  files(folder?: string): string[]
  /** Renames or removes what IMAP would: works behind the server's back as well. */
  readonly maildir: string
  /** SIGKILL to the master and everything it started. */
  kill(): Promise<void>
  start(): Promise<void>
  /** SIGTERM, which says BYE to whoever is connected, and a new start. */
  restart(): Promise<void>
  /** Ends it and removes all that it had. */
  stop(): Promise<void>
}

export interface DovecotOptions {
  /** Lines for its configuration. */
  readonly extra?: string
}

let deliveries = 0

export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  // Short, since sockets lie in it.
  const base = mkdtempSync(join(tmpdir(), 'dov-'))
  const port = await freePort()
  const owner = mailOwner()
  const maildir = join(base, 'mail/crm/Maildir')
  const user = 'crm'
  const password = 'pass word'
  mkdirSync(join(base, 'mail/crm'), { recursive: true })
  chmodSync(base, 0o755)
  for (const folder of [join(base, 'mail'), join(base, 'mail/crm')]) chownSync(folder, owner.uid, owner.gid)
  writeFileSync(join(base, 'passwd'), `${user}:{PLAIN}${password}:${owner.uid}:${owner.gid}::${join(base, 'mail', user)}::\n`)
  writeFileSync(join(base, 'dovecot.conf'), configuration(base, port, owner, options.extra ?? ''))
  let running: ChildProcess | null = null

  function folderOf(folder: string): string {
    const path = folder === 'INBOX' ? maildir : join(maildir, `.${folder}`)
    for (const part of [maildir, path, join(path, 'cur'), join(path, 'new'), join(path, 'tmp')]) {
      if (!existsSync(part)) {
        mkdirSync(part)
        chownSync(part, owner.uid, owner.gid)
      }
    }
    return path
  }
  const dovecot: Dovecot = {
    port,
    user,
    password,
    maildir,
    deliver(message, folder = 'INBOX') {
      const path = folderOf(folder)
      deliveries += 1
      const name = `${Math.floor(Date.now() / 1000)}.M${String(deliveries).padStart(8, '0')}P${process.pid}.test`
      const draft = join(path, 'tmp', name)
      writeFileSync(draft, message)
      chownSync(draft, owner.uid, owner.gid)
      renameSync(draft, join(path, 'new', name))
    },
    files(folder = 'INBOX') {
      const path = folderOf(folder)
      return [...readdirSync(join(path, 'new')), ...readdirSync(join(path, 'cur'))]
    },
    count: (folder = 'INBOX') => dovecot.files(folder).length,
    async start() {
      running = spawn(binary, ['-F', '-c', join(base, 'dovecot.conf')], { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
      let words = ''
      running.stderr?.on('data', (chunk: Buffer) => (words += chunk.toString()))
      for (let tries = 0; !(await answers(port)); tries++) {
        if (tries > startTriesMax || running.exitCode !== null) throw new Error(`dovecot did not start: ${words}${readLog(base)}`)
        await sleep(25)
      }
    },
    async kill() {
      if (running?.pid === undefined) return
      const ended = once(running, 'exit')
      // Its own process group: login and imap processes with it.
      for (const pid of [running.pid, ...childrenOf(running.pid)]) killQuietly(pid)
      await ended
      running = null
    },
    async restart() {
      if (running !== null) {
        const ended = once(running, 'exit')
        running.kill('SIGTERM')
        await ended
        running = null
      }
      await dovecot.start()
    },
    async stop() {
      // Nothing of it is kept, so it need not end in order.
      await dovecot.kill()
      rmSync(base, { recursive: true, force: true })
    },
  }
  folderOf('INBOX')
  await dovecot.start()
  return dovecot
}

/** imap processes refuse uid 0: as root, mailboxes belong to nobody. */
function mailOwner(): { uid: number; gid: number; name: string; group: string; isRoot: boolean } {
  const me = userInfo()
  if (me.uid === 0) return { uid: 65_534, gid: 65_534, name: 'nobody', group: 'nogroup', isRoot: true }
  const group = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .find((line) => line.split(':')[2] === String(me.gid))
    ?.split(':')[0]
  return { uid: me.uid, gid: me.gid, name: me.username, group: group ?? 'nogroup', isRoot: false }
}

function configuration(base: string, port: number, owner: ReturnType<typeof mailOwner>, extra: string): string {
  return `
base_dir = ${base}/run
state_dir = ${base}/state
log_path = ${base}/log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:~/Maildir
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = ${owner.isRoot ? 'dovecot' : owner.name}
default_internal_group = ${owner.isRoot ? 'dovecot' : owner.group}
default_login_user = ${owner.isRoot ? 'dovenull' : owner.name}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${base}/passwd
}
userdb {
  driver = passwd-file
  args = username_format=%u ${base}/passwd
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
namespace inbox {
  inbox = yes
  separator = /
}
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 secs
auth_failure_delay = 0
${extra}
`
}

/** A greeting, not only a connection: the master listens before anybody answers. */
async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  const timer = setTimeout(() => socket.destroy(), 1_000)
  try {
    const [greeting] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [null])])) as [Buffer | null]
    return greeting?.toString().startsWith('* OK') ?? false
  } catch {
    return false
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

function readLog(base: string): string {
  return existsSync(join(base, 'log')) ? readFileSync(join(base, 'log'), 'utf8') : ''
}

function childrenOf(pid: number): number[] {
  const parents = readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])] as const]
    } catch {
      return []
    }
  })
  const direct = parents.filter(([, parent]) => parent === pid).map(([child]) => child)
  return direct.flatMap((child) => [child, ...childrenOf(child)])
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself.
  }
}

/** What stands beside Postfix at a company: Rspamd, which checks who sent each mail, and Dovecot's part that knows the passwords. Throw-away, as root. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'
import { withSystemPath } from './postfix.ts'

const startTriesMax = 400

export interface Rspamd {
  readonly port: number
  close(): Promise<void>
}

/** Debian's configuration with `files` (name → content) as its local.d, asking `dnsServer` alone. */
export async function startRspamd(files: ReadonlyMap<string, string>, dnsServer: string): Promise<Rspamd> {
  const folder = await mkdtemp(join(tmpdir(), 'leadpost-rspamd-'))
  const port = await freePort()
  const [local, override] = [join(folder, 'local.d'), join(folder, 'override.d')]
  for (const each of [local, override]) await mkdir(each)
  for (const [name, content] of files) await writeFile(join(local, name), content)
  // Quick to start, and nothing asks the world: compiling its lists of top-level domains and expressions takes ten seconds.
  const off = ['rbl', 'fuzzy_check', 'phishing'].map((module) => [`${module}.conf`, 'enabled = false;\n'] as const)
  await writeFile(join(folder, 'domains'), 'example\n')
  const overrides = {
    ...Object.fromEntries(off),
    'options.inc': `dns { nameserver = ["${dnsServer}"]; }
control_socket = "${folder}/control";
disable_hyperscan = true;
url_tld = "${folder}/domains";
`,
    'worker-proxy.inc': `bind_socket = "127.0.0.1:${port}";\nupstream "local" { self_scan = yes; default = yes; }\n`,
    'worker-normal.inc': 'enabled = false;\n',
    'worker-controller.inc': 'enabled = false;\n',
    'logging.inc': `type = "file";\nfilename = "${folder}/log";\n`,
  }
  for (const [name, content] of Object.entries(overrides)) await writeFile(join(override, name), content)
  const places = { LOCAL_CONFDIR: folder, DBDIR: folder, RUNDIR: folder, LOGDIR: folder }
  const variables = Object.entries(places).map(([name, value]) => `--var=${name}=${value}`)
  const child = spawn('rspamd', ['--no-fork', '--insecure', '--config', '/etc/rspamd/rspamd.conf', ...variables], {
    stdio: 'ignore',
    env: withSystemPath(),
  })
  await answered(port, child)
  return {
    port,
    async close() {
      await ended(child, 'SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface Passwords {
  /** Where Postfix asks (smtpd_sasl_path). */
  readonly path: string
  close(): Promise<void>
}

/** Whoever signs in with this password is who he says. */
export async function startPasswords(password: string): Promise<Passwords> {
  const folder = await mkdtemp(join(tmpdir(), 'lp-auth-'))
  await chmod(folder, 0o755)
  const path = join(folder, 'client')
  const config = `protocols =
base_dir = ${folder}/run
log_path = ${folder}/log
ssl = no
auth_mechanisms = plain login
disable_plaintext_auth = no
passdb {
  driver = static
  args = password=${password}
}
service auth {
  unix_listener ${path} {
    mode = 0666
  }
}
`
  await writeFile(join(folder, 'dovecot.conf'), config)
  const child = spawn('dovecot', ['-F', '-c', join(folder, 'dovecot.conf')], { stdio: 'ignore', env: withSystemPath() })
  await answered(path, child)
  return {
    path,
    async close() {
      await ended(child, 'SIGTERM')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answered(at: number | string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < startTriesMax; tries++) {
    const probe = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at)
    const isThere = await once(probe, 'connect').then(
      () => true,
      () => false,
    )
    probe.destroy()
    if (isThere) return
    if (child.exitCode !== null) break
    await wait(25)
  }
  await ended(child, 'SIGKILL')
  throw new Error(`${child.spawnfile} does not listen at ${at}`)
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill(signal)
  await gone
}

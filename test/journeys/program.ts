/** The whole product in this process, on a throw-away folder and free ports, with the world of the fixtures in it. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, type Config } from '../../src/config.ts'
import { readTenantsFile } from '../../src/leads/read-tenants-file.ts'
import { openLog } from '../../src/log.ts'
import { openProgram, type Program } from '../../src/main.ts'
import { storeTenants } from '../../src/store/load-tenants.ts'
import { givePasswords } from '../../src/verbs/demo.ts'
import { openDnsZone } from '../../src/verbs/dns-zone.ts'
import { readStories, readStoryZone, signedInUsers } from '../../src/verbs/stories.ts'
import { storyEnvironment } from '../../src/verbs/story-sender.ts'

export interface TestProgram {
  readonly program: Program
  readonly config: Config
  readonly smtp: { readonly host: string; readonly port: number }
  /** Of the users who sign in in some story. */
  readonly passwords: ReadonlyMap<string, string>
  /** Opens it again after `program.close()`, on the same folder and SMTP port. */
  reopen(): Promise<void>
  close(): Promise<void>
}

export async function openTestProgram(environment: Readonly<Record<string, string>> = {}): Promise<TestProgram> {
  const dataDir = await mkdtemp(join(tmpdir(), 'leadpost-journey-'))
  const dns = await openDnsZone(readStoryZone())
  const config = readConfig({
    DATA_DIR: dataDir,
    SMTP_PORT: '0',
    HTTP_PORT: '0',
    ...storyEnvironment(dns.server),
    STOP_TIMEOUT_S: '5',
    ...environment,
  })
  let program = await openProgram(config, openLog('silent'))
  const [smtp] = program.smtp
  if (smtp === undefined) throw new Error('the program does not listen for mail')
  const { tenants } = readTenantsFile(await readFile('fixtures/world.json', 'utf8'))
  await storeTenants(program.store.database, tenants)
  const passwords = await givePasswords(program.store.database, tenants, signedInUsers(readStories()))
  return {
    get program() {
      return program
    },
    config,
    smtp,
    passwords,
    async reopen() {
      program = await openProgram({ ...config, smtp: { ...config.smtp, port: smtp.port } }, openLog('silent'))
    },
    async close() {
      await program.close()
      await dns.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

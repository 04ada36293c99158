/** `leadpost check`: configuration, data folder, database, queue, blobs, DNS, ports: what works, and what to do where it does not. */
import { wordsOf } from '../failure.ts'
import { findRunningProgram } from '../http/run-file.ts'
import { checkBlobs, checkDatabase, checkMigrations, checkQueue } from './check-store.ts'
import { checkCertificate, checkDataFolder, checkDns, checkPorts, checkProgram, checkTrust } from './check-surroundings.ts'
import { withStore } from './reach-store.ts'
import type { CheckLine } from './check-line.ts'
import type { Verb, VerbCall } from './verb.ts'

export const check: Verb = {
  name: 'check',
  summary: 'configuration, data folder, database, queue, blobs, DNS, ports: what works and what to do where it does not',
  usage: ['check'],
  details: ['Exit status 1 where something fails; warnings are for you to judge. It works beside a running program and without one.'],
  options: {},
  logs: 'warnings',
  async run(call) {
    const lines = await allChecks(call)
    const ok = lines.every((line) => line.state !== 'fails')
    if (call.json) call.output.json({ ok, checks: lines })
    else {
      for (const { name, state, words, todo } of lines) {
        call.output.line(`${marks[state]} ${name.padEnd(14)}${words}`)
        if (todo !== null) call.output.line(`${' '.repeat(16)}${todo}`)
      }
      call.output.line(ok ? 'Everything that is needed works.' : 'Something that is needed does not work.')
    }
    return ok ? 0 : 1
  },
}

const marks: Readonly<Record<CheckLine['state'], string>> = { works: '+', warning: '?', fails: '-' }

async function allChecks({ config, log }: VerbCall): Promise<CheckLine[]> {
  const lines: CheckLine[] = [
    {
      name: 'configuration',
      state: 'works',
      words: `read; data goes to ${config.dataDir}, roles are ${[...config.roles].join(', ')}`,
      todo: null,
    },
  ]
  lines.push(checkTrust(config), await checkDataFolder(config))
  const running = await findRunningProgram(config.dataDir)
  lines.push(...(running === null ? await checkPorts(config) : await checkProgram(running)), await checkCertificate(config))
  try {
    await withStore(config, log, async (store) => {
      lines.push(
        await checkDatabase(store, config),
        await checkMigrations(store),
        await checkQueue(store, config, log),
        await checkBlobs(store),
      )
    })
  } catch (error) {
    lines.push({ name: 'database', state: 'fails', words: wordsOf(error), todo: 'Without it mail is accepted, but nothing is filed.' })
  }
  lines.push(await checkDns(config))
  return lines
}

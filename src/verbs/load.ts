/** `leadpost load FILE.json`: tenants, host names, people, leads; the whole file or nothing. */
import { readFile, stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { PermanentFailure, wordsOf } from '../failure.ts'
import { readTenantsFile, tenantsFileBytesMax } from '../leads/read-tenants-file.ts'
import { storeTenants, type LoadSummary } from '../store/load-tenants.ts'
import { withStore } from './reach-store.ts'
import { UsageError, type Verb } from './verb.ts'

export const load: Verb = {
  name: 'load',
  summary: 'create or update tenants, host names, users, companies, contact persons, leads (the whole file or nothing)',
  usage: ['load FILE.json', 'load -           (from standard input)'],
  details: ['What the file does not name stays as it is; loading it again changes nothing. Every error is told with its path in the file.'],
  options: {},
  logs: 'warnings',
  async run({ positionals, config, log, output, json }) {
    const [path, ...more] = positionals
    if (path === undefined || more.length > 0) throw new UsageError('load takes one file')
    const { tenants } = readTenantsFile(await readWhole(path))
    const summary = await withStore(config, log, (store) => storeTenants(store.database, tenants))
    if (json) output.json({ loaded: summary })
    else output.table(['', 'created', 'updated', 'unchanged'], rowsOf(summary))
    return 0
  },
}

async function readWhole(path: string): Promise<string> {
  if (path === '-') return text(process.stdin)
  try {
    if ((await stat(path)).size > tenantsFileBytesMax) throw new Error(`it is larger than ${tenantsFileBytesMax} bytes`)
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new PermanentFailure('inputInvalid', `${path} cannot be read: ${wordsOf(error)}`, { cause: error })
  }
}

const labels: Readonly<Record<keyof LoadSummary, string>> = {
  tenants: 'tenants',
  hostNames: 'host names',
  users: 'users',
  companies: 'companies',
  contactPersons: 'contact persons',
  leads: 'leads',
}

function rowsOf(summary: LoadSummary): string[][] {
  return (Object.keys(labels) as (keyof LoadSummary)[]).map((what) => {
    const { created, updated, unchanged } = summary[what]
    return [labels[what], String(created), String(updated), String(unchanged)]
  })
}

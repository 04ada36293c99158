/** `npm run bench [-- accept|end-to-end|senders|imap|memory|growth|popup|api …] [--quick]`: how fast it is, as ratios within one run, and what bounds each. */
import { parseArgs } from 'node:util'
import { benchAccept } from './accept.ts'
import { benchApi } from './api.ts'
import { benchEndToEnd, benchGrowth } from './end-to-end.ts'
import { benchImap } from './imap.ts'
import { benchMemory } from './memory.ts'
import { benchPopup } from './popup.ts'
import { benchSenders } from './senders.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean', default: false } } })
const quick = values.quick
const sections: Record<string, () => Promise<void>> = {
  accept: async () => await benchAccept(quick ? 0.3 : 2),
  'end-to-end': async () => await (quick ? benchEndToEnd(1_000, 2_000) : benchEndToEnd(5_000)),
  senders: async () => await benchSenders(quick ? 1_000 : 4_000),
  imap: async () => await benchImap(quick ? 5_000 : 100_000),
  memory: async () => await benchMemory(quick ? 20 : 40),
  growth: async () => await benchGrowth(quick ? [1_000, 10_000] : [1_000, 100_000, 1_000_000], quick ? 500 : 2_000),
  api: async () => await benchApi(quick ? 20_000 : 1_000_000, quick ? 40 : 100),
  popup: async () => await benchPopup(quick ? 20 : 100),
}
for (const name of positionals.length > 0 ? positionals : Object.keys(sections)) {
  const section = sections[name]
  if (!section) throw new Error(`there is no bench ${name}: ${Object.keys(sections).join(', ')}`)
  await section()
}

/** `leadpost start`: runs the program until a signal ends it. */
import { firstOperatorLines } from './page-links.ts'
import { runUntilStopped } from './run-until-stopped.ts'
import type { Verb } from './verb.ts'

export const start: Verb = {
  name: 'start',
  summary: 'run it; ready when DATA_DIR/run.json is there and GET /health/ready is 200',
  usage: ['start'],
  details: [
    'SIGTERM or SIGINT finishes the work in hand and stops; a second one ends it at once.',
    'With --json the document is printed once it is ready.',
    'As long as nobody runs the installation, each start prints a link that makes the first operator (on standard error).',
  ],
  options: {},
  logs: 'all',
  run({ config, log, output, json }) {
    return runUntilStopped(config, log, async ({ http, smtp, store }) => {
      if (json) output.json({ pid: process.pid, http, smtp, dataDir: config.dataDir })
      else {
        for (const { host, port } of smtp) output.line(`Mail for ${config.crmAddresses.join(', ')} is accepted at ${host} port ${port}.`)
        output.line(`Health and metrics are served at ${http}.`)
        output.line('Ready. Ctrl-C stops.')
      }
      for (const line of await firstOperatorLines(config, store.database, http)) output.say(line)
      return 'stay'
    })
  },
}

/** `leadpost start`: runs the program until a signal ends it. */
import { runUntilStopped } from './run-until-stopped.ts'
import type { Verb } from './verb.ts'

export const start: Verb = {
  name: 'start',
  summary: 'run it; ready when DATA_DIR/run.json is there and GET /health/ready is 200',
  usage: ['start'],
  details: [
    'SIGTERM or SIGINT finishes the work in hand and stops; a second one ends it at once.',
    'With --json the document is printed once it is ready.',
  ],
  options: {},
  logs: 'all',
  run({ config, log, output, json }) {
    return runUntilStopped(config, log, async ({ http, smtp }) => {
      if (json) output.json({ pid: process.pid, http, smtp, dataDir: config.dataDir })
      else {
        for (const { host, port } of smtp) output.line(`Mail for ${config.crmAddresses.join(', ')} is accepted at ${host} port ${port}.`)
        output.line(`Health and metrics are served at ${http}.`)
        output.line('Ready. Ctrl-C stops.')
      }
      return 'stay'
    })
  },
}

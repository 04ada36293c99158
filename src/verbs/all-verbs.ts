/** Every verb, in the order in which help lists them. */
import { apikey } from './apikey.ts'
import { check } from './check.ts'
import { confirmations } from './confirmations.ts'
import { demo } from './demo.ts'
import { history } from './history.ts'
import { host } from './host.ts'
import { ingest } from './ingest.ts'
import { load } from './load.ts'
import { mailbox } from './mailbox.ts'
import { messages } from './messages.ts'
import { migrate } from './migrate.ts'
import { operator } from './operator.ts'
import { start } from './start.ts'
import { user } from './user.ts'
import type { Verb } from './verb.ts'

export const allVerbs: readonly Verb[] = [
  start,
  demo,
  load,
  ingest,
  history,
  confirmations,
  messages,
  check,
  migrate,
  user,
  operator,
  host,
  apikey,
  mailbox,
]

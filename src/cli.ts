#!/usr/bin/env node
/** Where the program begins: the command line, with the code kept compiled from one call to the next. */
import module from 'node:module'
import { join } from 'node:path'

// Halves the time of a short call. Beside the packages, where nobody writes who could not change these as well; a user who cannot does without.
module.enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/leadpost'))
// What a package of ours calls in an old-fashioned way is for developers, whose tests still tell it, and not for users.
process.noDeprecation = true

const { runCommandLine } = await import('./command-line.ts')
const { openOutput } = await import('./verbs/output.ts')
const output = openOutput()
const status = await runCommandLine(process.argv.slice(2), output)
await output.flush()
// Some libraries keep timers; the work is done and flushed, so the process ends here.
process.exit(status)

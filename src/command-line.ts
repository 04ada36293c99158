/** The command line: finds the verb, reads its options, runs it, and ends with its exit status (0 done, 1 failed, 2 wrong usage). */
import { parseArgs } from 'node:util'
import { readConfig } from './config.ts'
import { isFailure, wordsOf } from './failure.ts'
import { openLog } from './log.ts'
import { allVerbs } from './verbs/all-verbs.ts'
import { formatOverview, formatVerbHelp } from './verbs/help.ts'
import type { Output } from './verbs/output.ts'
import { parseArgsOptions, UsageError, VerbOptions, type Verb } from './verbs/verb.ts'
import { version } from './version.ts'

export async function runCommandLine(words: readonly string[], output: Output): Promise<number> {
  const wantsJson = words.includes('--json')
  // It may stand before the verb as well.
  const [name, ...after] = words[0] === '--json' ? words.slice(1) : words
  const rest = words[0] === '--json' && !after.includes('--json') ? [...after, '--json'] : after
  try {
    if (name === '--help' || name === '-h' || name === 'help') {
      if (wantsJson) output.json({ version, verbs: allVerbs.map(({ name, summary, usage }) => ({ name, summary, usage })) })
      else output.line(formatOverview(allVerbs))
      return 0
    }
    if (name === '--version' || name === '-V') {
      if (wantsJson) output.json({ version })
      else output.line(`leadpost ${version}`)
      return 0
    }
    return await runVerb(findVerb(name), rest, output)
  } catch (error) {
    return reportError(error, wantsJson, output)
  }
}

function findVerb(name: string | undefined): Verb {
  const verb = allVerbs.find((candidate) => candidate.name === name)
  if (verb !== undefined) return verb
  const known = `the verbs are ${allVerbs.map((candidate) => candidate.name).join(', ')}; leadpost --help tells what each does`
  throw new UsageError(name === undefined ? `a verb is missing; ${known}` : `there is no verb "${name}"; ${known}`)
}

async function runVerb(verb: Verb, words: readonly string[], output: Output): Promise<number> {
  const parsed = parseWords(verb, words)
  if (parsed.values['help'] === true) {
    output.line(formatVerbHelp(verb))
    return 0
  }
  const config = readConfig()
  const quiet = verb.logs === 'warnings' && ['trace', 'debug', 'info'].includes(config.logLevel)
  const log = openLog(quiet ? 'warn' : config.logLevel)
  try {
    const options = new VerbOptions(parsed.values)
    return await verb.run({ positionals: parsed.positionals, options, json: options.has('json'), config, log, output })
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message}\n${hint(verb)}`, { cause: error })
    throw error
  }
}

function parseWords(verb: Verb, words: readonly string[]): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args: [...words], options: parseArgsOptions(verb), allowPositionals: true, strict: true })
  } catch (error) {
    const sentence = wordsOf(error).split('. To specify')[0] ?? ''
    throw new UsageError(`${sentence}\n${hint(verb)}`, { cause: error })
  }
}

function hint(verb: Verb): string {
  return `Usage: leadpost ${verb.usage.join('\n       leadpost ')}\nTry: leadpost ${verb.name} --help`
}

/** Words to standard error; with --json the document on standard output tells it too, so that a script always has one to read. */
function reportError(error: unknown, json: boolean, output: Output): number {
  const usage = error instanceof UsageError
  const expected = usage || isFailure(error)
  output.say(`leadpost: ${expected || !(error instanceof Error) ? wordsOf(error) : (error.stack ?? error.message)}`)
  if (json) output.json({ error: { code: usage ? 'usage' : isFailure(error) ? error.code : 'unexpected', message: wordsOf(error) } })
  return usage ? 2 : 1
}

/** Help texts, made of what the verbs say about themselves. */
import type { Verb } from './verb.ts'

const intro = `Leadpost puts every mail that a salesperson BCCs to the CRM address into the contact history of the right lead.

Usage: leadpost VERB [options]        (from a checkout: npm run --silent leadpost -- VERB [options])
`

const outro = `
Every verb has --help, and --json for machines: one JSON document on standard output and nothing else there.
Exit status: 0 done, 1 failed, 2 wrong usage. Configuration comes from the environment or a .env file (see README.md).`

export function formatOverview(verbs: readonly Verb[]): string {
  const width = Math.max(...verbs.map((verb) => verb.name.length))
  return `${intro}\nVerbs:\n${verbs.map((verb) => `  ${verb.name.padEnd(width)}  ${verb.summary}`).join('\n')}\n${outro}`
}

export function formatVerbHelp(verb: Verb): string {
  const options = [
    ...Object.entries(verb.options).map(
      ([name, option]) => [option.value === undefined ? `--${name}` : `--${name} ${option.value}`, option.help] as const,
    ),
    ['--json', 'one JSON document on standard output'] as const,
    ['--help', 'this text'] as const,
  ]
  const width = Math.max(...options.map(([written]) => written.length))
  const usage = verb.usage.map((line, index) => `${index === 0 ? 'Usage: ' : '       '}leadpost ${line}`)
  const details = verb.details.length === 0 ? [] : ['', ...verb.details]
  return [
    verb.summary,
    '',
    ...usage,
    ...details,
    '',
    'Options:',
    ...options.map(([written, help]) => `  ${written.padEnd(width)}  ${help}`),
  ].join('\n')
}

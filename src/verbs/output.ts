/** Answers go to standard output, words about the work to standard error; a reader that went away (EPIPE) is no error. */
import type { Writable } from 'node:stream'
import Table from 'cli-table3'

export interface Output {
  /** The one JSON document of a call. */
  json(document: unknown): void
  line(text: string): void
  table(head: readonly string[], rows: readonly (readonly string[])[]): void
  /** To standard error, whatever the mode. */
  say(text: string): void
  /** Resolves once everything written has left. */
  flush(): Promise<void>
}

const cellCharactersMax = 60

export function openOutput(out: Writable = process.stdout, err: Writable = process.stderr): Output {
  // `leadpost … | head` closes the pipe early: what remains is wanted by nobody.
  for (const stream of [out, err]) stream.on('error', (error: NodeJS.ErrnoException) => endUnlessBrokenPipe(error))
  const line = (text: string): void => void out.write(`${text}\n`)
  return {
    json: (document) => line(JSON.stringify(document, null, 2)),
    line,
    table: (head, rows) => line(formatTable(head, rows)),
    say: (text) => void err.write(`${text}\n`),
    flush: async () => {
      await Promise.all([drained(out), drained(err)])
    },
  }
}

function endUnlessBrokenPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) resolve()
    else stream.write('', () => resolve())
  })
}

function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({ head: [...head], style: { head: [], border: [], compact: true }, chars: ruledByLines })
  table.push(...rows.map((row) => row.map(cell)))
  return table.toString()
}

/** Fewer lines than the default, so that a table survives being pasted into a mail. */
const ruledByLines = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/** Control characters out of a mail must not reach a terminal; long cells are cut. */
export function cell(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim()
  const characters = Array.from(plain)
  return characters.length > cellCharactersMax ? `${characters.slice(0, cellCharactersMax - 1).join('')}…` : plain
}

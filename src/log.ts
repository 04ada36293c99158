/** Structured logs (pino) to standard error, so that standard output stays for answers. Never mail content: ids, states, sizes, codes only. */
import { pino, type Logger } from 'pino'

export type Log = Logger

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Header values, bodies and credentials that a careless call might pass are cut out by name. */
const redacted = [
  'subject',
  'text',
  'html',
  'raw',
  'content',
  'password',
  '*.subject',
  '*.text',
  '*.html',
  '*.raw',
  '*.content',
  '*.password',
]

export function openLog(level: LogLevel): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: redacted, censor: '[left out]' } },
    pino.destination({ fd: 2, sync: true }),
  )
}

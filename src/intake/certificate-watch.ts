/** Keeps a listener's certificate up to date: a renewed file comes into use without a restart. */
import { setTimeout as wait } from 'node:timers/promises'
import { wordsOf } from '../failure.ts'
import type { Log } from '../log.ts'
import { readCertificate, type Certificate, type CertificateOptions } from './certificate.ts'

/** How often the files are looked at. They are small, and a mail server's certificate is renewed every few weeks. */
const certificateCheckMs = 60_000

export interface CertificateWatch {
  close(): Promise<void>
}

/**
 * Calls `onRenewed` whenever the files say something else than before. While they cannot be used (the certificate is written and its key is not
 * yet, say) the one in use stays, and the log tells once.
 */
export function watchCertificate(
  options: CertificateOptions,
  inUse: Certificate,
  onRenewed: (certificate: Certificate) => void,
  log: Log,
  everyMs: number = certificateCheckMs,
): CertificateWatch {
  const closing = new AbortController()
  let last = inUse
  let lastProblem = ''
  const check = async (): Promise<void> => {
    try {
      const now = await readCertificate(options)
      lastProblem = ''
      if (now.cert === last.cert && now.key === last.key) return
      last = now
      onRenewed(now)
      log.info({ file: options.given?.certFile ?? 'its own' }, 'a renewed certificate is in use')
    } catch (error) {
      const problem = wordsOf(error)
      if (problem !== lastProblem) log.error({ problem }, 'the certificate could not be read again; the one in use stays')
      lastProblem = problem
    }
  }
  const watching = (async () => {
    for (;;) {
      try {
        await wait(everyMs, undefined, { signal: closing.signal, ref: false })
      } catch {
        return
      }
      await check()
    }
  })()
  return {
    async close() {
      closing.abort()
      await watching
    },
  }
}

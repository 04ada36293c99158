/** Words and codes for what a disk answers: everything that keeps bytes from being durable is temporary (the sender keeps its copy and tries again). */
import { TemporaryFailure } from '../failure.ts'

const wordsByErrno: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file size limit of the process is reached',
  EROFS: 'the disk has become read-only',
  EIO: 'the disk reports an input/output error',
}

/** The failure for `error`, thrown while doing `deed` ("writing the spool segment x"). Always `diskFull`: SMTP 452 4.3.1. */
export function diskFailure(error: unknown, deed: string): TemporaryFailure {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
  return new TemporaryFailure('diskFull', `${deed} failed: ${wordsByErrno[code] ?? `error ${code}`}`, { cause: error })
}

/** Two ways to the one door for a mail file: this process's own spool, or the running program that holds it. Both end in the same accept. */
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { PermanentFailure, TemporaryFailure } from '../failure.ts'
import type { HandedIn, IngestMessage } from '../intake/accept-file.ts'
import { findRunningProgram, type RunFile } from '../http/run-file.ts'
import type { Log } from '../log.ts'
import type { Database } from '../store/database.ts'
import { openStore } from '../store/open-store.ts'
import type { FileMail } from './read-mail-file.ts'

export interface FileDoor {
  /** Resolves once the mail is durable; a full spool is waited for. */
  accept(message: IngestMessage, mail: Pick<FileMail, 'content' | 'open'>): Promise<HandedIn>
  readonly database: Database
  close(): Promise<void>
}

const fullSpoolTriesMax = 120
const fullSpoolWaitMs = 1_000

export async function openFileDoor(config: Config, log: Log): Promise<FileDoor> {
  const running = await findRunningProgram(config.dataDir)
  return running === null ? openOwnDoor(config, log) : openDoorOf(running, config, log)
}

/** Everything runs here, without listeners, for as long as the files need. */
async function openOwnDoor(config: Config, log: Log): Promise<FileDoor> {
  // Only here: the whole program takes a second to load, for which no other verb should wait.
  const { openEngine } = await import('../main.ts')
  const engine = await openEngine({ ...config, roles: new Set(['worker'] as const) }, log)
  return {
    accept: (message, mail) => whileSpoolIsFull(() => engine.handIn(message, mail.open())),
    database: engine.store.database,
    close: () => engine.close(),
  }
}

async function openDoorOf(running: RunFile, config: Config, log: Log): Promise<FileDoor> {
  const store = await openStore({ dataDir: config.dataDir, databaseUrl: running.database, blobUrl: config.blobUrl, log, migrate: false })
  return {
    accept: (message, mail) => whileSpoolIsFull(() => post(running, message, mail)),
    database: store.database,
    close: () => store.close(),
  }
}

async function whileSpoolIsFull(accept: () => Promise<HandedIn>): Promise<HandedIn> {
  for (let tries = 1; ; tries++) {
    try {
      return await accept()
    } catch (error) {
      if (!(error instanceof TemporaryFailure) || error.code !== 'spoolFull' || tries === fullSpoolTriesMax) throw error
      await sleep(fullSpoolWaitMs)
    }
  }
}

async function post(running: RunFile, message: IngestMessage, { content, open }: Pick<FileMail, 'content' | 'open'>): Promise<HandedIn> {
  const url = new URL('/internal/ingest', running.http)
  if (message.reversePath !== null) url.searchParams.set('mailFrom', message.reversePath)
  for (const path of message.forwardPaths) url.searchParams.append('rcptTo', path)
  if (message.mark != null) url.searchParams.set('mark', message.mark)
  if (message.untrusted) url.searchParams.set('untrusted', '1')
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'message/rfc822', authorization: `Bearer ${running.token}` },
    body: content === null ? (Readable.toWeb(open()) as ReadableStream<Uint8Array>) : Buffer.from(content),
    duplex: 'half',
  })
  const answer = (await response.json()) as Partial<HandedIn> & { code?: string; detail?: string }
  if (response.ok && answer.id !== undefined) return { id: answer.id, isNew: answer.isNew !== false }
  const words = answer.detail ?? `the running program answered ${response.status}`
  if (response.status !== 503) throw new PermanentFailure(answer.code === 'messageTooLarge' ? 'messageTooLarge' : 'inputInvalid', words)
  throw new TemporaryFailure(answer.code === 'spoolFull' ? 'spoolFull' : 'stopping', words)
}

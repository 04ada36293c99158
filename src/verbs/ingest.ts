/** `leadpost ingest PATH…`: mail files through the same door as every other mail. */
import { Presets, SingleBar } from 'cli-progress'
import { isFailure, wordsOf } from '../failure.ts'
import { keepStream, readMailFiles, type MailFile } from '../intake/files.ts'
import type { AddressKey } from '../mail/address.ts'
import { findMarked } from '../store/admit.ts'
import { countOutcomes } from './count-outcomes.ts'
import { dryRun } from './dry-run.ts'
import { openFileDoor, type FileDoor } from './hand-over.ts'
import { eachAtOnce, inBatches, readMailFile, type FileMail } from './read-mail-file.ts'
import { UsageError, type Verb, type VerbCall } from './verb.ts'

/** Mails handed over at the same time, so that those that wait share one sync of the disk. */
const handedOverAtOnceMax = 16
/** Looked up in one question whether they were handed in before. */
const batchMax = 100
const stallMs = 60_000

interface HandedIn {
  /** Durable now, or before. */
  readonly ids: Set<string>
  accepted: number
  /** Handed in by an earlier call, or twice by this one. */
  known: number
  readonly refused: { readonly path: string; readonly reason: string }[]
}

export const ingest: Verb = {
  name: 'ingest',
  summary: 'bring in .eml files, mbox files, Maildirs, and folders of them',
  usage: ['ingest PATH… [--mail-from ADDRESS] [--rcpt-to ADDRESS]… [--untrusted] [--dry-run] [--again] [--no-wait]'],
  details: [
    'A PATH of - is standard input: one mail, or an mbox file.',
    'The envelope is taken from what delivery left in each mail: the sender from Return-Path, the recipient from Delivered-To, X-Original-To,',
    '(X-)Envelope-To, X-Forwarded-To, else To, Cc, Bcc, as far as they are CRM addresses; else it is the first CRM address.',
    'Files count as submitted from this machine: trusted where TRUSTED_NETWORKS holds 127.0.0.1, unless --untrusted says otherwise.',
    'Beside a running program the mails go through that program. What was brought in before, with the same bytes and envelope, is passed over: a call',
    'that was broken off is simply made again. --again brings it in all the same, and then it is recognised as a copy.',
  ],
  options: {
    'mail-from': { type: 'string', value: 'ADDRESS', help: 'the envelope sender of all of them; "" is the null sender' },
    'rcpt-to': { type: 'string', multiple: true, value: 'ADDRESS', help: 'the CRM address of all of them; may be given again' },
    untrusted: { type: 'boolean', help: 'nothing vouches for these mails: a person decides about each' },
    'dry-run': { type: 'boolean', help: 'only say what would become of each, by what is on file now; nothing is stored' },
    again: { type: 'boolean', help: 'bring in what was brought in before as well' },
    'no-wait': { type: 'boolean', help: 'end once all are durable, without waiting for what becomes of them (beside a running program)' },
  },
  logs: 'warnings',
  async run(call) {
    const { positionals } = call
    if (positionals.length === 0) throw new UsageError('ingest takes one path or more')
    if (positionals.filter((path) => path === '-').length > 1) throw new UsageError('standard input (-) can be read once')
    const input = positionals.includes('-') ? await keepStream(process.stdin) : null
    try {
      const files = readMailFiles(positionals.map((path) => (path === '-' && input !== null ? input.path : path)))
      const named = input === null ? files : renamed(files, input.path, 'standard input')
      return call.options.has('dry-run') ? await dryRun(readAll(named, call), call) : await bringIn(named, call)
    } finally {
      await input?.remove()
    }
  },
}

async function* renamed(files: AsyncIterable<MailFile>, path: string, name: string): AsyncGenerator<MailFile> {
  for await (const file of files) yield file.path.startsWith(path) ? { ...file, path: name + file.path.slice(path.length) } : file
}

/** What is read but not yet handed in stays in memory as far as it is small: a batch of it. */
async function* readAll(files: AsyncIterable<MailFile>, { options, config }: VerbCall): AsyncGenerator<FileMail[]> {
  const choice = { mailFrom: options.text('mail-from'), rcptTo: options.list('rcpt-to'), untrusted: options.has('untrusted') }
  const crmAddresses = config.crmAddresses as readonly [AddressKey, ...AddressKey[]]
  for await (const batch of inBatches(files, batchMax))
    yield await eachAtOnce(batch, handedOverAtOnceMax, (file) => readMailFile(file, choice, crmAddresses))
}

async function bringIn(files: AsyncIterable<MailFile>, call: VerbCall): Promise<number> {
  const { output, options } = call
  const door = await openFileDoor(call.config, call.log)
  try {
    const done = await handIn(door, readAll(files, call), call)
    const ids = [...done.ids]
    const bar = openBar('settled ', ids.length)
    const { database } = door
    const { outcomes, waiting } = options.has('no-wait')
      ? { outcomes: {}, waiting: ids.length }
      : await countOutcomes(database, ids, { stallMs, onProgress: (count) => bar.update(count) }).finally(() => bar.stop())
    const { accepted, known, refused } = done
    if (call.json) output.json({ accepted, known, refused, outcomes, waiting, ids })
    else {
      output.line(`Accepted ${accepted}, brought in before ${known}, refused ${refused.length}.`)
      for (const { path, reason } of refused) output.say(`${path}: ${reason}`)
      const counts = Object.entries(outcomes).map(([state, count]) => `${state} ${count}`)
      if (counts.length > 0) output.line(counts.join(', '))
      if (waiting > 0) output.line(`${waiting} are durable and still wait; leadpost messages tells what becomes of them.`)
    }
    return refused.length === 0 ? 0 : 1
  } finally {
    await door.close()
  }
}

async function handIn(door: FileDoor, batches: AsyncIterable<FileMail[]>, { options, output }: VerbCall): Promise<HandedIn> {
  const done: HandedIn = { ids: new Set(), accepted: 0, known: 0, refused: [] }
  const bar = openBar('brought in', 0)
  const again = options.has('again')
  try {
    for await (const batch of batches) {
      bar.setTotal(done.ids.size + done.refused.length + batch.length)
      const fresh = again ? batch : await withoutKnown(door, batch, done)
      await eachAtOnce(fresh, handedOverAtOnceMax, (mail) => handInOne(door, mail, done, options.has('untrusted'), again))
      bar.update(done.ids.size + done.refused.length)
    }
  } catch (error) {
    output.say(`${done.ids.size} mails were brought in before this: ${wordsOf(error)}`)
    throw error
  } finally {
    bar.stop()
  }
  return done
}

/** The database knows those of earlier calls; of the same twice in a batch one is enough. */
async function withoutKnown(door: FileDoor, batch: readonly FileMail[], done: HandedIn): Promise<FileMail[]> {
  const earlier = await findMarked(
    door.database,
    batch.map(({ mark }) => mark),
    null,
  )
  const fresh = new Map<string, FileMail>()
  for (const mail of batch) {
    const known = earlier.get(mail.mark)
    if (known !== undefined) done.ids.add(known.id)
    if (known !== undefined || fresh.has(mail.mark)) done.known++
    else fresh.set(mail.mark, mail)
  }
  return [...fresh.values()]
}

async function handInOne(door: FileDoor, mail: FileMail, done: HandedIn, untrusted: boolean, again: boolean): Promise<void> {
  const { envelope, mark, path } = mail
  try {
    const { id, isNew } = await door.accept({ ...envelope, untrusted, ...(again ? {} : { mark }) }, mail)
    done.ids.add(id)
    if (isNew) done.accepted++
    else done.known++
  } catch (error) {
    if (!isFailure(error)) throw error
    done.refused.push({ path, reason: error.message })
    if (error.kind === 'temporary') throw error
  }
}

/** On standard error, and only where somebody looks on. */
function openBar(what: string, total: number): Pick<SingleBar, 'update' | 'setTotal' | 'stop'> {
  const bar = new SingleBar(
    { format: `${what} {bar} {value}/{total} in {duration_formatted}`, stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  )
  if (process.stderr.isTTY) bar.start(total, 0)
  return bar
}

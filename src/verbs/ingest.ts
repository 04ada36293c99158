/** `leadpost ingest PATH…`: mail files through the same door as every other mail. */
import type { Readable } from 'node:stream'
import { Presets, SingleBar } from 'cli-progress'
import { isFailure, wordsOf } from '../failure.ts'
import { readMailFiles } from '../intake/files.ts'
import type { AddressKey } from '../mail/address.ts'
import { headerBlockOf, headerBytesMax, readHeaderLines } from '../mail/header.ts'
import type { HeaderLine } from '../mail/message.ts'
import { envelopeOfFile, type EnvelopeChoice } from './envelope-of-file.ts'
import { openFileDoor, type FileDoor } from './hand-over.ts'
import { UsageError, type Verb, type VerbCall } from './verb.ts'
import { countStates, waitUntilSettled } from './wait-until-settled.ts'

/** Mails handed over at the same time, so that those that wait share one sync of the disk. */
const handedOverAtOnceMax = 16
const stallMs = 60_000

interface HandedOver {
  readonly ids: string[]
  readonly refused: { readonly path: string; readonly reason: string }[]
}

export const ingest: Verb = {
  name: 'ingest',
  summary: 'bring in .eml files, mbox files, Maildirs, and folders of them',
  usage: ['ingest PATH… [--mail-from ADDRESS] [--rcpt-to ADDRESS]… [--untrusted] [--no-wait]'],
  details: [
    'The envelope is taken from what delivery left in each mail: the sender from Return-Path, the recipient from Delivered-To, X-Original-To,',
    '(X-)Envelope-To, X-Forwarded-To, else To, Cc, Bcc, as far as they are CRM addresses; else it is the first CRM address.',
    'Files count as submitted from this machine: trusted where TRUSTED_NETWORKS holds 127.0.0.1, unless --untrusted says otherwise.',
    'Beside a running program the mails go through that program. Bringing a mail in twice does no harm: it is recognised.',
  ],
  options: {
    'mail-from': { type: 'string', value: 'ADDRESS', help: 'the envelope sender of all of them; "" is the null sender' },
    'rcpt-to': { type: 'string', multiple: true, value: 'ADDRESS', help: 'the CRM address of all of them; may be given again' },
    untrusted: { type: 'boolean', help: 'nothing vouches for these mails: a person decides about each' },
    'no-wait': { type: 'boolean', help: 'end once all are durable, without waiting for what becomes of them (beside a running program)' },
  },
  logs: 'warnings',
  async run(call) {
    if (call.positionals.length === 0) throw new UsageError('ingest takes one path or more')
    const door = await openFileDoor(call.config, call.log)
    try {
      return await ingestThrough(door, call)
    } finally {
      await door.close()
    }
  },
}

async function ingestThrough(door: FileDoor, call: VerbCall): Promise<number> {
  const { ids, refused } = await handOver(door, call)
  const bar = openBar('settled ', ids.length)
  const waits = !call.options.has('no-wait')
  const settled = waits ? await waitUntilSettled(door.database, ids, { stallMs, onProgress: (count) => bar.update(count) }) : new Map()
  bar.stop()
  const states = countStates(settled.values())
  const waiting = ids.length - settled.size
  if (call.json) call.output.json({ accepted: ids.length, refused, outcomes: states, waiting, ids })
  else {
    call.output.line(`Accepted ${ids.length}, refused ${refused.length}.`)
    for (const { path, reason } of refused) call.output.say(`${path}: ${reason}`)
    if (settled.size > 0)
      call.output.line(
        Object.entries(states)
          .map(([state, count]) => `${state} ${count}`)
          .join(', '),
      )
    if (waiting > 0) call.output.line(`${waiting} are durable and still wait; leadpost messages tells what becomes of them.`)
  }
  return refused.length === 0 ? 0 : 1
}

async function handOver(door: FileDoor, { positionals, options, config, output }: VerbCall): Promise<HandedOver> {
  const choice: EnvelopeChoice = { mailFrom: options.text('mail-from'), rcptTo: options.list('rcpt-to') }
  const crmAddresses = config.crmAddresses as readonly [AddressKey, ...AddressKey[]]
  const files = readMailFiles(positionals)[Symbol.asyncIterator]()
  const done: HandedOver = { ids: [], refused: [] }
  const bar = openBar('accepted', 0)

  async function takeFiles(): Promise<void> {
    for (let next = await files.next(); next.done !== true; next = await files.next()) {
      const file = next.value
      try {
        const envelope = envelopeOfFile(await readHeader(file.open()), choice, crmAddresses)
        done.ids.push(await door.accept({ ...envelope, untrusted: options.has('untrusted') }, () => file.open()))
      } catch (error) {
        if (!isFailure(error)) throw error
        done.refused.push({ path: file.path, reason: error.message })
        if (error.kind === 'temporary') throw error
      }
      bar.setTotal(done.ids.length + done.refused.length)
      bar.increment()
    }
  }

  try {
    await Promise.all(Array.from({ length: handedOverAtOnceMax }, takeFiles))
  } catch (error) {
    output.say(`${done.ids.length} mails were accepted before this: ${wordsOf(error)}`)
    throw error
  } finally {
    bar.stop()
  }
  return done
}

/** The header of a mail; the rest is not read. */
async function readHeader(stream: Readable): Promise<HeaderLine[]> {
  let read: Uint8Array = new Uint8Array()
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      const searched = read.length
      read = read.length === 0 ? chunk : Buffer.concat([read, chunk])
      if (read.length >= headerBytesMax || headerBlockOf(read, searched).complete) break
    }
  } finally {
    stream.destroy()
  }
  return readHeaderLines(headerBlockOf(read).block).lines
}

/** On standard error, and only where somebody looks on. */
function openBar(what: string, total: number): Pick<SingleBar, 'update' | 'increment' | 'setTotal' | 'stop'> {
  const bar = new SingleBar(
    { format: `${what} {bar} {value}/{total} in {duration_formatted}`, stream: process.stderr, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  )
  if (process.stderr.isTTY) bar.start(total, 0)
  return bar
}

/**
 * The one place where a connection of smtp-server (3.21.6, pinned) is bent to our rules: greeting without delay, octets of DATA checked raw
 * and handed on in a stream of ours, deadlines, command counts, replies in our words. Whatever it relies on is tested over the wire (test/intake/smtp-*.test.ts).
 */
/* oxlint-disable no-underscore-dangle -- the library's own members begin with it */
import type { Readable } from 'node:stream'
import type { SMTPServer } from 'smtp-server'
import { IncomingMail } from './incoming-mail.ts'
import { DataReader } from './smtp-data.ts'
import { ourReply, replies, type SmtpReply } from './smtp-replies.ts'

export type SmtpConnection = SMTPServer['connections'] extends Set<infer Connection> ? Connection : never
type Parser = Exclude<SmtpConnection['_parser'], false>
type WriteCallback = (error?: Error | null) => void

const lineFeed = 0x0a
/** Makes a letter of ASCII a capital. */
const upperCase = 0xdf
const nothing = Buffer.alloc(0)

export interface ConnectionRules {
  /** No wait of 100 ms for clients that talk before they are greeted. */
  readonly greetsAtOnce: boolean
  readonly signInNeedsTls: boolean
  /** From our reply to the client's next whole command. */
  readonly commandTimeoutMs: number
  /** From 354 to the end of data, however the octets trickle. */
  readonly dataTimeoutMs: number
  /** Since the last mail: recipients named, other commands. */
  readonly recipientCommandsMax: number
  readonly otherCommandsMax: number
  /** How many replies the mail of this session is due. */
  readonly repliesToMail: (session: SmtpConnection['session']) => number
  readonly onClose: () => void
}

/** Called once, before the connection's `init`. */
export function bendConnection(connection: SmtpConnection, rules: ConnectionRules): void {
  if (rules.greetsAtOnce) greetAtOnce(connection)
  // The library asks several times a command, and compares anew how each name is written; it asks in capitals, and ours are capitals.
  connection._isSupported = (command) => !connection._isDisabled(command) && typeof connection._getHandler(command) === 'function'
  connection._isDisabled = (command) => connection.session.disabledCommands?.includes(command) ?? false
  const deadlines = openDeadlines(connection, rules)
  bendReplies(connection, deadlines)
  const bendParser = (parser: Parser): Parser => {
    giveStream(parser)
    checkData(connection, parser, rules)
    mendContinue(parser)
    limitCommands(connection, parser, rules)
    return parser
  }
  // STARTTLS makes a second parser.
  const createParser = connection._createParser.bind(connection)
  connection._createParser = () => bendParser(createParser())
  if (connection._parser !== false) bendParser(connection._parser)
  const onClose = connection._onClose.bind(connection)
  connection._onClose = () => {
    deadlines.end()
    rules.onClose()
    onClose()
  }
}

/** Answers and ends the connection. */
export function closeWith(connection: SmtpConnection, reply: SmtpReply): void {
  connection.send(reply.code, reply.text, false)
  connection.close()
}

/** A mail is coming in, or was not answered yet. */
export function isInData(connection: SmtpConnection): boolean {
  return Boolean(connection._dataStream)
}

/** The library's own `init`, less its count of clients (ours came before) and its wait. */
function greetAtOnce(connection: SmtpConnection): void {
  connection.init = () => {
    connection._setListeners(() => connection.connectionReady())
  }
}

interface Deadlines {
  onReply(code: number): void
  end(): void
}

/**
 * The library's idle time-out starts anew with every octet, so a client that sends one a minute could stay for ever; these do not.
 * While we are the ones who are waited for (a look-up, the disk), they start anew.
 */
function openDeadlines(connection: SmtpConnection, rules: ConnectionRules): Deadlines {
  const command = setTimeout(() => {
    // While DATA comes its own deadline counts.
    if (connection._handlerPending || isInData(connection)) command.refresh()
    else closeWith(connection, replies.timedOut)
  }, rules.commandTimeoutMs).unref()
  /** Counts from the last 354; by itself it knows nothing of the data's end. */
  let data: NodeJS.Timeout | undefined
  const onDataTimeout = (): void => {
    const parser = connection._parser
    if (parser === false || !parser._dataMode) return
    const stream = connection._dataStream
    closeWith(connection, replies.dataTimedOut)
    if (stream) stream.destroy(new Error('the mail did not come to its end in time'))
  }
  let hasEnded = false
  return {
    onReply(code) {
      if (hasEnded) return
      command.refresh()
      if (code !== 354) return
      if (data === undefined) data = setTimeout(onDataTimeout, rules.dataTimeoutMs).unref()
      else data.refresh()
    },
    end() {
      hasEnded = true
      clearTimeout(command)
      clearTimeout(data)
    },
  }
}

function bendReplies(connection: SmtpConnection, deadlines: Deadlines): void {
  const send = connection.send.bind(connection)
  connection.send = (code, data, context) => {
    const reply = ourReply(code, data)
    deadlines.onReply(code)
    // What follows may be TLS, or the end.
    if (code !== 250 && code !== 354) uncork(connection)
    if (reply === null) send(code, data, context)
    else send(reply.code, reply.text, false)
    // The library closes what it answers with 421; some of those answers are ours and have another code.
    if (code === 421 && reply !== null && reply.code !== 421) connection.close()
  }
}

function uncork({ _socket: socket }: SmtpConnection): void {
  while (socket.writableCorked > 0) socket.uncork()
}

/** The library's own, but for the stream. */
function giveStream(parser: Parser): void {
  parser.startDataMode = (bytesMax) => {
    parser._dataMode = true
    parser._maxBytes = Number(bytesMax) || Infinity
    parser.dataBytes = 0
    parser._atDataStart = true
    const stream = new IncomingMail() as Readable as NonNullable<Parser['_dataStream']>
    parser._dataStream = stream
    return stream
  }
}

/** Replaces the library's reading of DATA, which passes bare line breaks on. */
function checkData(connection: SmtpConnection, parser: Parser, rules: ConnectionRules): void {
  const writeCommands = parser._write.bind(parser)
  let reader: DataReader | null = null
  parser._write = (chunk: Buffer, encoding, next: WriteCallback) => {
    if (!parser._dataMode || parser.isClosed || chunk.length === 0) {
      const holdsSeveral = chunk.indexOf(lineFeed) < chunk.length - 1
      // Replies to commands that came together go together (RFC 2920 §3.2).
      if (holdsSeveral) connection._socket.cork()
      writeCommands(chunk, encoding, next)
      if (holdsSeveral) uncork(connection)
      return
    }
    reader ??= new DataReader()
    const outcome = reader.read(chunk)
    const stream = parser._dataStream
    if (outcome.kind === 'bareLineBreak') {
      reader = null
      const { code, text } = replies.bareLineBreak
      for (let due = rules.repliesToMail(connection.session); due > 1; due--) connection.send(code, text, false)
      closeWith(connection, replies.bareLineBreak)
      // Whoever reads the mail must not take what came so far for all of it.
      stream?.destroy(new Error('bare line break'))
      next()
      return
    }
    parser._countDataBytes(outcome.content.length)
    if (outcome.kind === 'end') {
      reader = null
      parser._endDataMode(
        Buffer.from(outcome.content.buffer, outcome.content.byteOffset, outcome.content.length),
        // A view of nothing would hold the chunk.
        outcome.rest === chunk.length ? nothing : chunk.subarray(outcome.rest),
        next,
      )
      return
    }
    const mayGoOn = stream === null || !stream.writable || outcome.content.length === 0 || stream.write(outcome.content)
    if (mayGoOn || stream.destroyed) next()
    else afterDrain(stream, next)
  }
}

/**
 * The library's own forgets what is to follow a second mail that came in one piece with the first (a client that does not wait for 354), because
 * it clears the note after acting on it; then that connection would wait for ever.
 */
function mendContinue(parser: Parser): void {
  parser.continue = () => {
    const goOn = parser._continueCallback
    parser._continueCallback = typeof goOn !== 'function'
    if (typeof goOn === 'function') goOn()
  }
}

/** A stream that its reader gave up never drains; it only closes. */
function afterDrain(stream: NonNullable<Parser['_dataStream']>, next: WriteCallback): void {
  const goOn = (): void => {
    stream.off('drain', goOn).off('close', goOn)
    next()
  }
  stream.on('drain', goOn).on('close', goOn)
}

function limitCommands(connection: SmtpConnection, parser: Parser, rules: ConnectionRules): void {
  const onCommand = parser.oncommand.bind(parser)
  let transaction = connection._transactionCounter
  let recipients = 0
  let others = 0
  parser.oncommand = (command, callback) => {
    if (connection._transactionCounter !== transaction) {
      transaction = connection._transactionCounter
      recipients = 0
      others = 0
    }
    if (hasVerb(command, 'RCPT')) recipients++
    else others++
    if (recipients > rules.recipientCommandsMax || others > rules.otherCommandsMax) {
      closeWith(connection, replies.tooManyCommands)
      return
    }
    // The library would call AUTH unknown, since it is not offered; the client had better hear what to do.
    if (rules.signInNeedsTls && !connection.secure && connection._ready && !connection._nextHandler && hasVerb(command, 'AUTH')) {
      connection.send(replies.signInNeedsTls.code, replies.signInNeedsTls.text, false)
      callback?.()
      return
    }
    onCommand(command, callback)
  }
}

/** Whether the command begins with the four letters, in any case (RFC 5321 §2.4). */
function hasVerb(command: Buffer, verb: string): boolean {
  return ((command[0] ?? 0) & upperCase) === verb.charCodeAt(0) && command.toString('latin1', 0, 4).toUpperCase() === verb
}

/** What the corpus expects of replies, forwards, automatic mail and TNEF, and how far the program meets it; for the tests and for the bench's table. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { automaticByPhrases } from '../../src/mail/automatic-phrases.ts'
import { headerBlockOf } from '../../src/mail/header.ts'
import type { AutomaticKind } from '../../src/mail/message.ts'
import { readNewestText } from '../../src/mail/newest-text.ts'
import { readMessageHeader } from '../../src/mail/read-header.ts'
import { contentFields, readBody } from '../../src/processing/read-body.ts'
import { readForward } from '../../src/processing/read-forward.ts'
import { isTnef, readTnef } from '../../src/processing/tnef.ts'
import { corpusBytes, corpusFiles, corpusText, inCorpus } from './corpus-files.ts'

export interface Judged {
  readonly file: string
  readonly right: boolean
  /** What was found, in a few words. */
  readonly found: string
}

/** Equal but for line ends, spaces at line ends and the number of blank lines. */
export function sameWords(one: string, other: string): boolean {
  return wordsOf(one) === wordsOf(other)
}

function wordsOf(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{2,}/g, '\n\n')
    .trim()
}

const trimmer = 'discourse__email_reply_trimmer/test'

/** Replies whose newest text is known. Files that equal another or are empty are missing from the corpus: then `before`, or the mail itself, is what is expected. */
export function judgeReplies(read: (text: string) => string = (text) => readNewestText(text).newestText): Judged[] {
  return corpusFiles(`${trimmer}/emails`).map((file) => {
    const name = path.basename(file)
    const text = corpusText(file)
    const found = read(text)
    return { file: name, right: sameWords(found, expectedReply(name, text)), found: found.slice(0, 60) }
  })
}

function expectedReply(name: string, text: string): string {
  for (const kind of ['trimmed', 'before']) if (inCorpus(`${trimmer}/${kind}/${name}`)) return corpusText(`${trimmer}/${kind}/${name}`)
  return text
}

const forwards = 'crisp-oss__email-forward-parser/test/fixtures'

export interface JudgedForward extends Judged {
  readonly client: string
  readonly language: string
  readonly isForward: boolean
  readonly substituted: boolean
  /** The original's recipients, subject, text and date were found as well. */
  readonly complete: boolean
}

/** Forwarded bodies by client and language; `variant_4` is none. Outlook 2019's are known by their subject alone, the others are asked without one as well. */
export function judgeForwards(): JudgedForward[] {
  return corpusFiles(forwards)
    .filter((file) => file.includes('_body'))
    .flatMap((file) => {
      const name = path.basename(file, '.txt')
      const isForward = !name.includes('variant_4')
      const outlook = name.startsWith('outlook_2019')
      const subjectFile = isForward ? 'outlook_2019_subject.txt' : 'outlook_2019_en_subject_variant_4.txt'
      const subjects = outlook
        ? [corpusText(`${forwards}/${subjectFile}`).trim()]
        : isForward
          ? ['Fwd: Integer', 'XYZ Lead 11111']
          : ['Re: Integer', 'XYZ Lead 11111']
      return subjects.map((subject) => judgeForward(name, corpusText(file), subject, isForward))
    })
}

function judgeForward(name: string, text: string, subject: string, isForward: boolean): JudgedForward {
  const [, client = '', language = ''] = /^(apple_mail|gmail|outlook_2019|thunderbird)_?(.*?)_body/.exec(name) ?? []
  const read = readForward({ subject, text, recipients: [] })
  const substituted = read.kind === 'forward'
  const right = isForward ? substituted && read.originalFrom.key === 'john.doe@acme.com' : !substituted
  const attributed = client === 'outlook_2019'
  const complete =
    substituted &&
    read.text.startsWith('Aenean quis diam urna') &&
    read.date !== null &&
    (attributed || (read.subject === 'Integer consequat non purus' && read.to.some((mailbox) => mailbox.key === 'bessie.berry@acme.com')))
  const found = substituted ? `${read.originalFrom.name ?? ''} <${read.originalFrom.address}>` : 'none'
  return {
    file: `${name} (${subject})`,
    client,
    language: language === '' ? 'en' : language === 'cz' ? 'cs' : language,
    isForward,
    substituted,
    right,
    complete,
    found,
  }
}

/** What a message is called: by its header, else by its phrases. */
export async function automaticKindOf(file: string): Promise<AutomaticKind | null> {
  const bytes = corpusBytes(file)
  const { block, bodyStart } = headerBlockOf(bytes)
  const header = readMessageHeader(block, null)
  if (header.automatic !== null) return header.automatic
  const { text } = await bodyOf(bytes, block, bodyStart)
  return automaticByPhrases({
    subject: header.subject,
    newestText: readNewestText(text).newestText,
    authorLocalPart: header.author.kind === 'one' ? header.author.mailbox.key.replace(/@.*$/, '') : null,
    reversePath: null,
    references: [...header.inReplyTo, ...header.references],
  })
}

/** The text of a message's body. */
export async function textOf(file: string): Promise<string> {
  const bytes = corpusBytes(file)
  const { block, bodyStart } = headerBlockOf(bytes)
  return (await bodyOf(bytes, block, bodyStart)).text
}

async function bodyOf(bytes: Uint8Array, block: Uint8Array, bodyStart: number): Promise<{ text: string }> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'leadpost-corpus-'))
  try {
    return await readBody(contentFields(block), { kind: 'memory', bytes: bytes.subarray(bodyStart) }, scratch)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** Bounces and complaints; a person's forward of one is among them by mistake. */
export function bounceFiles(): string[] {
  const bounces = corpusFiles('sisimai__set-of-emails/maildir/bsd').filter((file) => !/\/(?:rfc3834-|lhost-sendmail-14)/.test(file))
  return [...bounces, ...corpusFiles('livebg__bounce_email/test/bounces')]
}

/** Out-of-office and the like. */
export function answerFiles(): string[] {
  const answers = corpusFiles('sisimai__set-of-emails/maildir/bsd').filter((file) => file.includes('/rfc3834-'))
  return [...answers, ...corpusFiles('livebg__bounce_email/test/non_bounces').filter((file) => !file.includes('tt_1234241664'))]
}

/** Mail of people and of lists, spam included; reports that some of these folders hold are left out by their names. */
export function ordinaryFiles(): string[] {
  const folders = ['easy-ham-1', 'easy-ham-2', 'hard-ham-1', 'spam-1', 'spam-2'].map(
    (name) => `stdlib-js__datasets-spam-assassin/data/${name}`,
  )
  const others = [
    'mailgun__talon/tests/fixtures/standard_replies',
    'mikel__mail/spec/fixtures/emails/plain_emails',
    'mikel__mail/spec/fixtures/emails/rfc2822',
    'mikel__mail/spec/fixtures/emails/attachment_emails',
    'axllent__mailpit',
    'thunderbird__thunderbird-android',
    'rspamd__rspamd/test/functional/messages',
  ]
  return [...folders, ...others].flatMap(corpusFiles)
}

/** winmail.dat: are the files inside found that the corpus lists? Bodies are listed as files there. */
export function judgeTnef(): Judged[] {
  const folder = 'jstedfast__MimeKit/UnitTests/TestData/tnef'
  return corpusFiles(folder)
    .filter((file) => file.endsWith('.tnef'))
    .map((file) => {
      const bytes = corpusBytes(file)
      const read = isTnef(bytes) ? readTnef(bytes) : null
      const list = file.replace('.tnef', '.list')
      const expected = (inCorpus(list) ? corpusText(list) : '').split(/\r?\n/).filter((name) => name !== '')
      const names = read?.files.map((one) => one.fileName) ?? []
      const bodies = expected.filter((name) => name.startsWith('body.'))
      const right =
        read !== null &&
        !read.broken &&
        expected.every((name) => name.startsWith('body.') || names.includes(name)) &&
        (bodies.length === 0 || read.text !== null || read.html !== null)
      return { file: path.basename(file), right, found: names.join(', ') }
    })
}

/** Prints how much of the corpus is understood: forwards by client and language, replies, automatic mail, winmail.dat, charsets. `npm run bench:understanding`. */
import { headerBlockOf } from '../../src/mail/header.ts'
import { readMessageHeader } from '../../src/mail/read-header.ts'
import { corpusBytes, corpusFiles, corpusIsAbsent } from '../support/corpus-files.ts'
import {
  answerFiles,
  automaticKindOf,
  bounceFiles,
  judgeForwards,
  judgeReplies,
  judgeTnef,
  type JudgedForward,
  ordinaryFiles,
  textOf,
} from '../support/understanding.ts'

const verbose = process.argv.includes('--verbose')

function row(name: string, right: number, all: number, note = ''): void {
  const share = all === 0 ? '-' : `${((100 * right) / all).toFixed(1)} %`
  console.log(`${name.padEnd(46)}${String(right).padStart(5)} of ${String(all).padStart(4)}${share.padStart(10)}   ${note}`)
}

function heading(title: string): void {
  console.log(`\n${title}\n${'-'.repeat(title.length)}`)
}

function printForwards(): void {
  const judged = judgeForwards()
  heading('Forwards, client x language (. right, o author right but something missing, ! wrong, blank not in the corpus)')
  const clients = [...new Set(judged.map((one) => one.client))]
  const languages = [...new Set(judged.map((one) => one.language))].toSorted()
  console.log(`${''.padEnd(14)}${languages.map((language) => language.padEnd(6)).join('')}`)
  for (const client of clients) {
    const cells = languages.map((language) => cell(judged.filter((one) => one.client === client && one.language === language)).padEnd(6))
    console.log(`${client.padEnd(14)}${cells.join('')}`)
  }
  const real = judged.filter((one) => one.isForward)
  const none = judged.filter((one) => !one.isForward)
  const substituted = judged.filter((one) => one.substituted)
  row('original author right (recall)', count(real), real.length, 'wanted: 95 %')
  row('substitutions that are right (precision)', count(substituted), substituted.length)
  row('also recipients, subject, date, text', real.filter((one) => one.complete).length, real.length)
  row('no forward, nothing substituted (variant_4)', count(none), none.length, 'wanted: all')
  tell(judged)
}

function cell(judged: readonly JudgedForward[]): string {
  return judged
    .map((one) => (!one.right ? '!' : one.isForward && !one.complete ? 'o' : '.'))
    .join('')
    .slice(0, 1 + Math.min(4, judged.length))
}

function count(judged: readonly { readonly right: boolean }[]): number {
  return judged.filter((one) => one.right).length
}

function tell(judged: readonly { readonly file: string; readonly right: boolean; readonly found: string }[]): void {
  if (!verbose) return
  for (const one of judged) if (!one.right) console.log(`  missed: ${one.file}: ${one.found}`)
}

async function printAutomatic(): Promise<void> {
  heading('Automatic mail, by header and phrases')
  const sets = [
    {
      name: 'bounces and complaints',
      files: bounceFiles(),
      right: (kind: string | null) => kind === 'bounce' || kind === 'feedbackReport',
      note: 'wanted: 98 %',
    },
    {
      name: 'automatic replies (as anything automatic)',
      files: answerFiles(),
      right: (kind: string | null) => kind !== null,
      note: 'wanted: 90 %',
    },
    {
      name: 'ordinary mail left alone',
      files: ordinaryFiles(),
      right: (kind: string | null) => kind === null || kind === 'mailingList',
      note: 'wanted: 99.5 %',
    },
  ]
  for (const { name, files, right, note } of sets) {
    const judged: { file: string; right: boolean; found: string }[] = []
    for (const file of files) {
      const kind = await automaticKindOf(file)
      judged.push({ file, right: right(kind), found: kind ?? 'ordinary' })
    }
    row(name, count(judged), files.length, note)
    tell(judged)
  }
}

async function printCharsets(): Promise<void> {
  heading('Charsets')
  const files = ['mikel__mail', 'jhillyerd__enmime', 'stdlib-js__datasets-spam-assassin', 'mailgun__flanker', 'python__cpython'].flatMap(
    corpusFiles,
  )
  const subjects = files.map((file) => readMessageHeader(headerBlockOf(corpusBytes(file)).block, null))
  const readable = subjects.filter((header) => !header.subject.includes('\ufffd'))
  row('subjects without an unreadable character', readable.length, subjects.length)
  const mikel = corpusFiles('mikel__mail').filter((file) => file.endsWith('.eml'))
  let legible = 0
  for (const file of mikel) if (!(await textOf(file)).includes('\ufffd')) legible++
  row('bodies without an unreadable character', legible, mikel.length)
}

if (corpusIsAbsent) console.log('The corpus is absent: nothing to measure.')
else {
  printForwards()
  const replies = judgeReplies()
  heading('Replies')
  row('newest text equals the expectation', count(replies), replies.length, 'wanted: 85 %')
  tell(replies)
  await printAutomatic()
  heading('winmail.dat')
  const tnef = judgeTnef()
  row('files and bodies found', count(tnef), tnef.length)
  tell(tnef)
  await printCharsets()
}

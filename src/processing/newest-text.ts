/** What the author newly wrote: the text without what it quotes and without the signature. Bounded, since the reply parser is made of patterns that backtrack. */
import EmailReplyParser from 'email-reply-parser'

/** Characters of a text in which the reply parser looks; replies stand on top, so what comes later is quoted or is all the author's. */
export const replyCharactersMax = 16_000
/** The parser's patterns cost the square of a line's length; a longer line is no quote header and is hidden from them. */
const replyLineCharactersMax = 400
/** And they cost the number of blank lines in a row, squared. */
const blankLines = /\n(?:[ \t]*\n){3,}/g

/** Where a quote's header, its `>`, or a signature begins or ends; a text without any of these need not be looked at line by line. */
const quoteOrSignature =
  /[>\]]|[:：]-*[ \t]*$|^[ \t]*[-_+=]{2}|(?:from|von|fra|depuis|de|desde|vanaf|à|for|pour)\s|^(?:cheers|best wishes|bien|bonne|\w{0,20}\s?(?:and\s)?regards|\w{0,20}\s?cordialement)/im

/** Never throws; the whole text, trimmed, where nothing can be told apart. */
export function newestText(text: string): string {
  const whole = text.trim()
  const cut = whole.length > replyCharactersMax ? whole.lastIndexOf('\n', replyCharactersMax) : whole.length
  const head = whole.slice(0, cut > 0 ? cut : replyCharactersMax)
  if (!quoteOrSignature.test(head)) return whole
  const hidden: string[] = []
  const readable = head.replaceAll(blankLines, '\n\n\n').replaceAll(longLine, (line) => {
    const quoted = /^[> \t]*/.exec(line)?.[0].slice(0, 20) ?? ''
    hidden.push(line)
    return `${quoted}\u{e000}${hidden.length - 1}\u{e001}`
  })
  const visible = visibleText(readable)
  if (visible === '') return whole
  // Nothing of the head was left out: then the text goes on unquoted, and all of it is the author's.
  const rest = cut < whole.length && visible.length >= readable.trim().length ? whole.slice(head.length) : ''
  return (visible.replaceAll(/^[> \t]*\u{e000}(\d+)\u{e001}$/gmu, (mark, index: string) => hidden[Number(index)] ?? mark) + rest).trim()
}

const longLine = new RegExp(`^.{${replyLineCharactersMax},}$`, 'gm')

function visibleText(text: string): string {
  try {
    return new EmailReplyParser().parseReply(text).trim()
  } catch {
    return text
  }
}

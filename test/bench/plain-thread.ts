/**
 * A parser thread that reads a mail and understands nothing of it: header, MIME parts, fingerprint, as they are needed to file a mail at all. What is left out
 * is what the bench of senders prices: newest text, signatures, phrases of machines, forwards, what is wrapped or sealed, likeness.
 */
import { headerBlockOf } from '../../src/mail/header.ts'
import { readMessageHeader } from '../../src/mail/read-header.ts'
import { contentFingerprint } from '../../src/processing/fingerprint.ts'
import { type MessageInWords, packed, type ParserTask, type ReadMessage } from '../../src/processing/parser-thread.ts'
import { contentFields, readBody } from '../../src/processing/read-body.ts'

export async function readInThread(tasks: readonly ParserTask[]): Promise<ReadMessage[]> {
  const messages: MessageInWords[] = []
  for (const task of tasks) messages.push(await read(task))
  return packed(messages).messages
}

async function read({ bytes, folder, reversePath }: ParserTask): Promise<MessageInWords> {
  if (bytes === null) throw new Error('the plain thread reads small mails alone')
  const { block, bodyStart } = headerBlockOf(bytes)
  const { headerLines: _, ...header } = readMessageHeader(block, reversePath)
  const body = await readBody(contentFields(block), { kind: 'memory', bytes: bytes.subarray(bodyStart) }, folder)
  const content = { ...header, text: body.text, html: body.html, attachments: body.attachments }
  return {
    ...content,
    newestText: body.text,
    defects: [...header.defects, ...body.defects],
    contentFingerprint: contentFingerprint(content, null),
    unreadable: body.unreadable,
    likeness: null,
    originals: [],
    writtenAddresses: [],
    report: null,
    ownMark: false,
    signedParts: null,
  }
}

/** Brings a message's bytes to the parser: out of the row, out of the blob store into memory, or, where it is large, into a temporary file. */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { PermanentFailure } from '../failure.ts'
import { mayNeedCheck } from './authenticate.ts'
import type { ClaimedMessage } from '../store/claim.ts'
import { largeBytesMin, type Unread } from './parse.ts'
import type { ProcessingContext } from './processing-context.ts'

export function unreadOf(context: ProcessingContext, claim: ClaimedMessage): Unread {
  const folder = context.temporary.unused()
  return {
    bytes: claim.bytes,
    sha256: claim.sha256,
    reversePath: claim.envelope.reversePath,
    folder,
    crmAddresses: context.crmAddresses,
    checksSender: mayNeedCheck(claim.envelope, context.senderCheck),
    open: async () => {
      if (claim.content !== null) return { content: claim.content }
      if (claim.blobKey === null)
        throw new PermanentFailure('messageErased', 'The bytes of this message were erased; there is nothing left to process.')
      const stream = await context.blobs.get(claim.blobKey)
      if (claim.bytes < largeBytesMin) return { content: Buffer.concat(await stream.toArray()) }
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const file = path.join(folder, 'message')
      await pipeline(stream, createWriteStream(file, { mode: 0o600 }))
      return { file }
    },
  }
}

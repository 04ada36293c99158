/**
 * Mail that its giver may hand in again, because he did not hear the answer: taken once under each mark, however often and however much at once it
 * comes. What came before is found where the mail itself is: in the spool, in the database; and in memory, which alone can say so while the
 * database is away.
 */
import { createHash } from 'node:crypto'
import type { MessageId } from '../crm/ids.ts'
import { PermanentFailure, TemporaryFailure } from '../failure.ts'
import type { Envelope } from '../mail/message.ts'
import { findMarked, type MarkedMessage } from '../store/admit.ts'
import type { Database } from '../store/database.ts'
import type { AcceptOptions, Door, MessageStream } from './accept.ts'
import { markedId, type Mark } from './mark.ts'
import { answerWithin } from './patience.ts'

export interface Submission {
  readonly mark: Mark
  readonly envelope: Envelope
  /** Read to its end, or left where it was when `accept` throws. */
  readonly body: MessageStream
  readonly options: Omit<AcceptOptions, 'id'>
}

export interface Submissions {
  /**
   * Takes the mail, or answers the id of the one that came under its mark before. Where two come at once, one waits for what becomes of the other.
   * @throws what the door throws; PermanentFailure `conflict` where another mail came under the mark.
   */
  accept(submission: Submission): Promise<MessageId>
}

/** How long a mark stands for its mail. */
export const markLifeMs = 24 * 3_600_000
/** Remembered for a database that is away; the oldest are forgotten first. */
export const marksRememberedMax = 20_000
const answerTimeoutMs = 3_000

/** What is known of a mail that was taken. */
interface Taken {
  readonly id: MessageId
  readonly atMs: number
  /** What must be the same for another to be the same mail; null where only the spool knows it. */
  readonly gist: string | null
}

export function openSubmissions({ door, database }: { readonly door: Door; readonly database: Database }): Submissions {
  const remembered = new Map<Mark, Promise<Taken>>()

  function remember(mark: Mark, taking: Promise<Taken>): void {
    remembered.delete(mark)
    remembered.set(mark, taking)
    for (const oldest of remembered.keys()) {
      if (remembered.size <= marksRememberedMax) break
      remembered.delete(oldest)
    }
    // What was refused is not remembered: the next try is as good as the first.
    taking.catch(() => {
      if (remembered.get(mark) === taking) remembered.delete(mark)
    })
  }

  /** Null where nothing came under the mark, or where that cannot be known now. */
  async function findEarlier(mark: Mark): Promise<Taken | null> {
    const since = new Date(Date.now() - markLifeMs)
    const held = door.findMarked(mark)
    // In this order: what leaves the spool is in the database then.
    const found = await answerWithin(answerTimeoutMs, () => findMarked(database, [mark], since)).catch((error: unknown) => {
      if (error instanceof TemporaryFailure) return new Map<string, MarkedMessage>()
      throw error
    })
    const earlier = found.get(mark)
    if (earlier !== undefined) return { id: earlier.id, atMs: Date.now(), gist: gistOf(earlier, earlier.sha256) }
    return held === null ? null : { id: held, atMs: Date.now(), gist: null }
  }

  async function take({ mark, envelope, body, options }: Submission): Promise<{ readonly taken: Taken; readonly isNew: boolean }> {
    const earlier = await findEarlier(mark)
    if (earlier !== null) return { taken: earlier, isNew: false }
    const { id, sha256 } = await door.accept('upload', envelope, body, { ...options, id: markedId(mark, Date.now()) })
    return { taken: { id, atMs: Date.now(), gist: gistOf(envelope, sha256) }, isNew: true }
  }

  return {
    async accept(submission) {
      const { mark } = submission
      for (let before = remembered.get(mark); before !== undefined; before = remembered.get(mark)) {
        const known = await before.catch(() => null)
        if (known !== null && Date.now() - known.atMs < markLifeMs) return await sameAgain(known, submission)
        if (remembered.get(mark) === before) remembered.delete(mark)
      }
      const taking = take(submission)
      remember(
        mark,
        taking.then(({ taken }) => taken),
      )
      const { taken, isNew } = await taking
      if (isNew) return taken.id
      if (taken.gist === null) remembered.delete(mark)
      return await sameAgain(taken, submission)
    },
  }
}

/** @throws PermanentFailure `conflict`; TemporaryFailure `databaseUnavailable` where it cannot be known whether it is the same. */
async function sameAgain({ id, gist }: Taken, { envelope, body, options }: Submission): Promise<MessageId> {
  if (gist === null)
    throw new TemporaryFailure(
      'databaseUnavailable',
      `The mail that came with this key before (${id}) is still on its way into the database. Try again in a moment.`,
    )
  if (gistOf(envelope, await sha256Of(body, options.messageBytesMax)) !== gist)
    throw new PermanentFailure('conflict', `Another mail came with this key before (${id}). Give each mail a key of its own.`)
  return id
}

function gistOf({ reversePath, forwardPaths }: Pick<Envelope, 'reversePath' | 'forwardPaths'>, sha256: string): string {
  return JSON.stringify([reversePath, forwardPaths, sha256])
}

async function sha256Of(body: MessageStream, bytesMax: number): Promise<string> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > bytesMax)
      throw new PermanentFailure('messageTooLarge', `The mail is larger than ${bytesMax} bytes, the most that is accepted here.`)
    hash.update(chunk)
  }
  return hash.digest('hex')
}

/** The shape of live events. */
import { z } from 'zod'
import { leadNumberShape, timeShape } from './shapes.ts'
import { entryShape } from './shapes-mail.ts'
import { confirmationRowShape } from './shapes-review.ts'

const eventKinds = [
  'confirmation.opened',
  'confirmation.settled',
  'confirmation.reopened',
  'confirmation.claimed',
  'confirmation.released',
  /** Something was added that its mail points to: it asks something else now. */
  'confirmation.changed',
  'history.appended',
  'history.moved',
  'history.undone',
  'history.changed',
  'health.changed',
] as const

/**
 * The data of an event, whose SSE name is its kind. Its SSE id is where to go on after a reconnect (Last-Event-ID). An event named `reload`, without data of
 * this shape, says that more happened than is told one by one: ask anew for all that is shown.
 */
export const eventShape = z.object({
  kind: z.enum(eventKinds),
  /** Of the confirmation or the history entry; with `health.changed`, which admins alone are told, of the mailbox, message or confirmation, or empty. */
  id: z.string(),
  at: timeShape,
  /** `rule`, or the address of whoever did it. */
  actor: z.string(),
  lead: leadNumberShape.nullable(),
  /**
   * What lists and popups show of it, never its text: of what has just come, to whoever may read it. It may be left out at any time (what is private, what came
   * with many others, what is large, what is told after a reconnect): then it is to be asked for.
   */
  question: confirmationRowShape.omit({ preview: true }).optional(),
  entry: entryShape.pick({ subject: true, lead: true, participants: true, evidence: true }).optional(),
})

/** Shapes of confirming. Additive to INTERFACE "confirmations". */
import { z } from 'zod'
import {
  addressShape,
  emptyShape,
  faultShape,
  idParams,
  idShape,
  leadNumberShape,
  mailboxNameShape,
  nameShape,
  nextShape,
  personShape,
  searchQuery,
  tenantParams,
  timeShape,
} from './shapes.ts'
import { evidenceShape, mailShape } from './shapes-mail.ts'

export const reasonsShape = z.enum([
  'unmatched',
  'ambiguous',
  'contradiction',
  'unauthenticatedSender',
  'severalAuthors',
  'outsideReply',
  'sameIdOtherContent',
  'tooManyCandidates',
  'unreadable',
  /** Somebody took it out of a history again. */
  'undone',
  /** What it names was added only after it had come. */
  'addedLater',
])

/** How many are answered at once. */
export const answersMax = 200
export const wordsCharactersMax = 500

const candidateShape = z.object({
  lead: leadNumberShape,
  leadName: z.string(),
  company: z.string().nullable(),
  status: z.string(),
  evidence: z.array(evidenceShape),
})

export const confirmationRowShape = z.object({
  id: idShape,
  mailId: idShape,
  messageId: z.string().nullable(),
  subject: z.string(),
  from: mailboxNameShape.nullable(),
  to: z.array(mailboxNameShape),
  direction: z.enum(['outbound', 'inbound', 'internal']),
  receivedAt: timeShape,
  openedAt: timeShape,
  preview: z.string(),
  files: z.int(),
  reasons: z.array(reasonsShape),
  candidates: z.array(candidateShape),
  /** What stands for or against no single candidate. */
  evidence: z.array(evidenceShape),
  /** Who works on it now; lapses by itself. */
  claimedBy: z.object({ email: z.string(), name: z.string(), until: timeShape }).nullable(),
  /** Null while it is open. */
  settled: z
    .object({
      at: timeShape,
      /** `rule`, or the address of whoever answered. */
      by: z.string(),
      kind: z.enum(['append', 'dismiss']),
      lead: leadNumberShape.nullable(),
      reason: z.string().nullable(),
      /** The history entry that came of it. */
      entryId: idShape.nullable(),
      undoableUntil: timeShape.nullable(),
    })
    .nullable(),
})

export const confirmationShape = confirmationRowShape.extend({
  mail: mailShape,
  /** Of the mail's addresses those that are no contact person and none of the tenant's own: one click from becoming one. */
  unknownPeople: z.array(mailboxNameShape),
  siblings: z.int(),
})

/**
 * A new contact person made while answering; the company is the lead's unless it is named: by its id, or by its name, and where none has that name it is
 * made, and stays when the answer is taken back.
 */
const newPersonShape = z
  .object({ address: addressShape, name: nameShape, companyId: idShape.optional(), companyName: nameShape.optional() })
  .refine(({ companyId, companyName }) => companyId === undefined || companyName === undefined, {
    path: ['companyName'],
    message: 'give the id of a company or its name, not both',
  })
const newTaskShape = z.object({ title: nameShape, dueOn: z.iso.date().nullable(), assignee: addressShape.optional() })

export const answerShape = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('append'),
    lead: leadNumberShape,
    newContactPersons: z.array(newPersonShape).max(50).optional(),
    task: newTaskShape.optional(),
  }),
  z.object({ kind: z.literal('dismiss'), reason: z.string().trim().min(1).max(wordsCharactersMax) }),
])

const listQuery = searchQuery.extend({
  state: z.enum(['open', 'settled']).default('open'),
  reason: reasonsShape.optional(),
  from: z.string().max(254).optional(),
  lead: leadNumberShape.optional(),
  /** Only what the caller sent or wrote himself. */
  mine: z.stringbool().default(false),
  order: z.enum(['oldest', 'newest']).default('oldest'),
})

export const reviewContract = {
  listConfirmations: {
    params: tenantParams,
    query: listQuery,
    answer: z.object({ tenant: z.string(), items: z.array(confirmationRowShape), next: nextShape }),
  },
  countConfirmations: {
    params: tenantParams,
    /** `mine`: that the caller sent himself. */
    answer: z.object({ open: z.int(), mine: z.int(), byReason: z.record(z.string(), z.int()) }),
  },
  readConfirmation: { params: idParams, answer: confirmationShape },
  /** Takes it though somebody else has it, where `take` says so. 409 with who has it otherwise. */
  claimConfirmation: { params: idParams, body: z.object({ take: z.boolean().default(false) }), answer: confirmationRowShape },
  releaseConfirmation: { params: idParams, answer: emptyShape },
  /** 409 with who settled it before. */
  answerConfirmation: { params: idParams, body: answerShape, answer: confirmationRowShape },
  /** Contact persons that the answer made go with it; `keptContactPersons` stay, since other mail has them by now. The task stays. */
  undoAnswer: { params: idParams, answer: confirmationRowShape.extend({ keptContactPersons: z.array(personShape) }) },
  listSiblings: {
    params: idParams,
    answer: z.object({
      siblings: z.array(confirmationRowShape.extend({ why: z.enum(['thread', 'sender']) })),
    }),
  },
  answerConfirmations: {
    params: tenantParams,
    body: z.object({ ids: z.array(idShape).min(1).max(answersMax), answer: answerShape }),
    /** Each by itself: one that somebody settled before does not keep the others. */
    answer: z.object({
      results: z.array(z.object({ id: idShape, settled: z.boolean(), problem: z.string().nullable(), fault: faultShape.optional() })),
    }),
  },
} as const

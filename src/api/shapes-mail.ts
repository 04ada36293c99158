/** Shapes of mail: participants, attachments, history entries, search. Additive to INTERFACE "JSON on standard output". */
import { z } from 'zod'
import {
  bytesShape,
  idParams,
  idShape,
  leadNumberShape,
  leadParams,
  mailboxNameShape,
  nextShape,
  pageQuery,
  searchCharactersMax,
  tenantParams,
  timeShape,
} from './shapes.ts'

/** `words` is English, for logs and clients without texts of their own; the page has its own for each code. */
export const evidenceShape = z.object({ code: z.string(), detail: z.string(), for: z.boolean(), words: z.string() })

export const participantShape = z.object({
  address: z.string(),
  name: z.string().nullable(),
  as: z.enum(['from', 'to', 'cc', 'bcc', 'forwardedFrom', 'forwardedTo', 'forwardedCc']),
  /** The other system's key, or null where the address is unknown or the person has none. */
  contactPerson: z.string().nullable(),
  contactPersonId: idShape.nullable(),
  company: z.object({ id: idShape, name: z.string() }).nullable(),
  /** One of the tenant's own people. */
  own: z.boolean(),
  undelivered: z.boolean(),
})

export const attachmentShape = z.object({
  position: z.int(),
  fileName: z.string(),
  mediaType: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  /** Shown in the text, or a picture of the signature: not what somebody sent as a file. */
  inline: z.boolean(),
})

const captureShape = z.object({ address: z.string(), channel: z.string(), at: timeShape, note: z.string().optional() })

/** What a list shows of an entry. `preview` is the beginning of the newest text, on one line. Hidden (null) where it is private and not yours. */
export const entryRowShape = z.object({
  id: idShape,
  mailId: idShape.nullable(),
  kind: z.enum(['mail', 'call', 'meeting', 'note']),
  lead: z.object({ number: leadNumberShape, name: z.string(), company: z.string().nullable() }),
  direction: z.enum(['outbound', 'inbound', 'internal']).nullable(),
  occurredAt: timeShape,
  recordedAt: timeShape,
  subject: z.string().nullable(),
  from: mailboxNameShape.nullable(),
  participants: z.array(participantShape),
  preview: z.string().nullable(),
  /** Files, without what is inline. */
  files: z.int(),
  /** The same for all mails of one thread, by their references; null where it stands alone. */
  thread: z.string().nullable(),
  private: z.boolean(),
  /** Private, and not the caller's: subject, text and files are held back. */
  hidden: z.boolean(),
  automatic: z.string().nullable(),
  /** `rule`, or the address of whoever decided. */
  decidedBy: z.string(),
})

/** A mail whole, for reading. */
export const mailShape = z.object({
  id: idShape,
  messageId: z.string().nullable(),
  subject: z.string(),
  from: mailboxNameShape.nullable(),
  direction: z.enum(['outbound', 'inbound', 'internal']),
  occurredAt: timeShape,
  receivedAt: timeShape,
  participants: z.array(participantShape),
  newestText: z.string(),
  /** What stands below the newest text (quoted mails, forwarded ones), or null. */
  quotedText: z.string().nullable(),
  /** Whether readMailHtml has something to show, and how many pictures and other things in it would be fetched from elsewhere. */
  html: z.object({ remoteContents: z.int() }).nullable(),
  attachments: z.array(attachmentShape),
  capturedBy: z.array(captureShape),
  automatic: z.string().nullable(),
  missingEarlier: z.int(),
  defects: z.array(z.string()),
  /** Its copies as they came in; readMessage tells the way of each. */
  messages: z.array(idShape),
})

export const entryShape = entryRowShape.extend({
  /** Null for a call, a meeting, a note, and where it is hidden. */
  mail: mailShape.nullable(),
  evidence: z.array(evidenceShape),
  /** What was done with it, oldest first: filed, moved, made private … */
  past: z.array(z.object({ at: timeShape, actor: z.string(), action: z.string(), detail: z.string() })),
  /** Until when it can be undone; null where it cannot any more. */
  undoableUntil: timeShape.nullable(),
})

const entriesShape = z.object({ entries: z.array(entryRowShape), next: nextShape })
/** What narrows a history, and a search in it. */
const entryFilters = {
  direction: z.enum(['outbound', 'inbound', 'internal']).optional(),
  /** Only mails in which this contact person takes part. */
  person: idShape.optional(),
  /** Only mails with files that the caller may see. */
  files: z.stringbool().default(false),
}
const historyQuery = pageQuery.extend({ order: z.enum(['oldest', 'newest']).default('oldest'), ...entryFilters })

/** Answers the moved entry, which has a new id; the old one is kept, undone. */
const moveBody = z.object({ lead: leadNumberShape })

/** One line of a search's answer. */
const hitShape = z.object({
  kind: z.enum(['lead', 'company', 'contactPerson', 'entry']),
  id: idShape,
  title: z.string(),
  /** What was found, with the words between U+0001 and U+0002. */
  excerpt: z.string().nullable(),
  /** The lead that it stands at, where it stands at one. */
  lead: leadNumberShape.nullable(),
  company: z.string().nullable(),
  at: timeShape.nullable(),
})

export const mailContract = {
  listRecentEntries: {
    params: tenantParams,
    query: pageQuery.extend({ decidedBy: z.enum(['rule', 'person']).optional(), mine: z.stringbool().default(false) }),
    answer: entriesShape,
  },
  readEntry: { params: idParams, answer: entryShape },
  moveEntry: { params: idParams, body: moveBody, answer: entryShape },
  undoEntry: { params: idParams, answer: z.object({ confirmation: idShape.nullable() }) },
  setEntryPrivate: { params: idParams, body: z.object({ private: z.boolean() }), answer: entryShape },
  readHistory: {
    params: leadParams,
    /** `brief`: without texts, files, captures and evidence, as a list shows entries. */
    query: historyQuery.extend({ brief: z.stringbool().default(false) }),
    /** INTERFACE's `history` document, with what entryRowShape has added to each entry. */
    answer: z.object({
      tenant: z.string(),
      lead: leadNumberShape,
      entries: z.array(
        entryRowShape.extend({
          messageId: z.string().nullable(),
          text: z.string().nullable(),
          attachments: z.array(attachmentShape),
          capturedBy: z.array(captureShape),
          missingEarlier: z.int(),
          undelivered: z.array(z.string()),
          defects: z.array(z.unknown()),
          evidence: z.array(evidenceShape),
        }),
      ),
      next: nextShape,
    }),
  },
  readCompanyHistory: { params: idParams, query: historyQuery, answer: entriesShape },
  readContactPersonHistory: { params: idParams, query: historyQuery, answer: entriesShape },
  /** text/html under a Content-Security-Policy of its own; `remote=true` lets it fetch pictures. */
  readMailHtml: {
    params: idParams,
    query: z.object({ remote: z.stringbool().default(false), dark: z.stringbool().default(false) }),
    answer: bytesShape,
  },
  readMailRaw: { params: idParams, answer: bytesShape },
  /** `download` always answers with Content-Disposition: attachment; without it pictures and PDFs may be shown. */
  readAttachment: {
    params: idParams.extend({ position: z.coerce.number().int().min(0) }),
    query: z.object({ download: z.stringbool().default(false) }),
    answer: bytesShape,
  },
  search: {
    params: tenantParams,
    query: pageQuery.extend({
      q: z.string().min(1).max(searchCharactersMax),
      kind: z.enum(['lead', 'company', 'contactPerson', 'entry']).optional(),
      /** With this, or with a filter, mails alone are found. */
      lead: leadNumberShape.optional(),
      ...entryFilters,
    }),
    answer: z.object({ hits: z.array(hitShape), next: nextShape }),
  },
  listEvents: { params: tenantParams, answer: bytesShape },
} as const

/** What the shapes of the API share: ids, times, pages, problems. */
import { z } from 'zod'

/** A page of the API; the command line takes more at a time. */
export const pageRowsMax = 200
export const pageRowsDefault = 50
export const searchCharactersMax = 200
export const nameCharactersMax = 200

export const idShape = z.uuid()
export const timeShape = z.iso.datetime()
export const slugShape = z.string().min(1).max(63)
/** Digits (PRODUCT §3). */
export const leadNumberShape = z.string().regex(/^\d{1,20}$/, 'a lead number is digits')
export const nameShape = z.string().trim().min(1).max(nameCharactersMax)
export const addressShape = z.string().trim().min(3).max(254)
/** Grows with every change; sent back with a change, so that two people never overwrite each other: 409 with the newer state. */
export const versionShape = z.int().min(1)

export const tenantParams = z.object({ tenant: slugShape })
export const idParams = tenantParams.extend({ id: idShape })
export const leadParams = tenantParams.extend({ number: leadNumberShape })

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(pageRowsMax).default(pageRowsDefault),
  /** The `next` of the page before. */
  after: z.string().max(500).optional(),
})

export const searchQuery = pageQuery.extend({ search: z.string().max(searchCharactersMax).optional() })

/** Absent on the last page. */
export const nextShape = z.string().optional()

/**
 * What exactly is wrong, for clients that say it in their reader's language: a closed code (src/failure.ts) and the values that a sentence about it names.
 * `said` among them is what another server answered.
 */
export const faultShape = z.object({ code: z.string(), values: z.record(z.string(), z.union([z.string(), z.number()])) })

export const problemShape = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  /** Our own word for it, closed (src/failure.ts). */
  code: z.string(),
  fault: faultShape.optional(),
  /** What was wrong with which field, where a form can show it. */
  errors: z.array(z.object({ path: z.string(), message: z.string(), fault: faultShape.optional() })).optional(),
  /** The newer state, with 409. */
  current: z.unknown().optional(),
})

export const emptyShape = z.object({})
/** A file, a page or a stream: not JSON. */
export const bytesShape = z.unknown()

export const personShape = z.object({ id: idShape, name: z.string() })
export const mailboxNameShape = z.object({ address: z.string(), name: z.string().nullable() })

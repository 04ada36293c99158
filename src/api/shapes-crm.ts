/** Shapes of leads, companies, contact persons and follow-up tasks. */
import { z } from 'zod'
import {
  addressShape,
  bytesShape,
  idParams,
  idShape,
  leadNumberShape,
  leadParams,
  nameShape,
  nextShape,
  pageQuery,
  personShape,
  searchQuery,
  tenantParams,
  timeShape,
  versionShape,
} from './shapes.ts'

export const leadStatusShape = z.enum(['open', 'won', 'lost', 'closed'])
/** Addresses of one contact person. */
export const personAddressesMax = 50
export const keyPlayersMax = 200

export const leadRowShape = z.object({
  id: idShape,
  number: leadNumberShape,
  name: z.string(),
  company: personShape.nullable(),
  status: leadStatusShape,
  owner: z.object({ email: z.string(), name: z.string() }).nullable(),
  lastContactAt: timeShape.nullable(),
  version: versionShape,
})

const keyPlayerShape = z.object({
  contactPerson: z.object({ id: idShape, name: z.string(), addresses: z.array(z.string()) }),
  company: personShape.nullable(),
  role: z.string(),
})

export const leadShape = leadRowShape.extend({
  keyPlayers: z.array(keyPlayerShape),
  quotes: z.array(z.string()),
  entries: z.int(),
  openConfirmations: z.int(),
  openTasks: z.int(),
  createdAt: timeShape,
  /** What to copy into a mail: the subject's token, and the BCC line (the sub-address of this lead). */
  subjectToken: z.string(),
  bcc: z.string(),
})

const companyRowShape = z.object({
  id: idShape,
  key: z.string().nullable(),
  name: z.string(),
  taxNumber: z.string().nullable(),
  openLeads: z.int(),
  contactPersons: z.int(),
})

const contactPersonShape = z.object({
  id: idShape,
  key: z.string().nullable(),
  name: z.string(),
  addresses: z.array(z.string()),
  company: personShape,
  version: versionShape,
})

const companyShape = companyRowShape.extend({ people: z.array(contactPersonShape), leads: z.array(leadRowShape) })

/** By id, or made anew by name. A company of that name that exists is no new one: 409 with it. */
const companyOrNew = z.union([z.object({ id: idShape }), z.object({ name: nameShape, taxNumber: z.string().trim().max(40).optional() })])

const taskShape = z.object({
  id: idShape,
  title: z.string(),
  dueOn: z.iso.date().nullable(),
  lead: z.object({ number: leadNumberShape, name: z.string() }).nullable(),
  mailId: idShape.nullable(),
  assignee: z.object({ email: z.string(), name: z.string() }),
  createdBy: z.string(),
  doneAt: timeShape.nullable(),
  version: versionShape,
})

export const crmContract = {
  listLeads: {
    params: tenantParams,
    /** `search`: beginning of a number, or words of its name or company's name. Best first where there is one, else newest first. */
    query: searchQuery.extend({ status: leadStatusShape.optional(), company: idShape.optional(), mine: z.stringbool().default(false) }),
    answer: z.object({ leads: z.array(leadRowShape), next: nextShape }),
  },
  readLead: { params: leadParams, answer: leadShape },
  createLead: {
    params: tenantParams,
    body: z.object({
      name: nameShape,
      /** The next free one where it is absent. */
      number: leadNumberShape.optional(),
      company: companyOrNew.optional(),
      owner: addressShape.optional(),
      keyPlayers: z
        .array(z.object({ contactPersonId: idShape, role: z.string().trim().max(100).default('') }))
        .max(keyPlayersMax)
        .optional(),
    }),
    answer: leadShape,
  },
  updateLead: {
    params: leadParams,
    body: z.object({
      version: versionShape,
      name: nameShape.optional(),
      status: leadStatusShape.optional(),
      owner: addressShape.nullable().optional(),
      company: z.object({ id: idShape }).nullable().optional(),
      keyPlayers: z
        .array(z.object({ contactPersonId: idShape, role: z.string().trim().max(100).default('') }))
        .max(keyPlayersMax)
        .optional(),
    }),
    answer: leadShape,
  },
  listCompanies: {
    params: tenantParams,
    query: searchQuery,
    answer: z.object({ companies: z.array(companyRowShape), next: nextShape }),
  },
  readCompany: { params: idParams, answer: companyShape },
  createCompany: {
    params: tenantParams,
    body: z.object({ name: nameShape, taxNumber: z.string().trim().max(40).optional() }),
    answer: companyShape,
  },
  listContactPersons: {
    params: tenantParams,
    query: searchQuery.extend({ company: idShape.optional(), address: z.string().max(254).optional() }),
    answer: z.object({ contactPersons: z.array(contactPersonShape), next: nextShape }),
  },
  readContactPerson: { params: idParams, answer: contactPersonShape.extend({ leads: z.array(leadRowShape) }) },
  createContactPerson: {
    params: tenantParams,
    body: z.object({
      name: nameShape,
      addresses: z.array(addressShape).min(1).max(personAddressesMax),
      company: companyOrNew,
    }),
    answer: contactPersonShape,
  },
  updateContactPerson: {
    params: idParams,
    body: z.object({
      version: versionShape,
      name: nameShape.optional(),
      addresses: z.array(addressShape).min(1).max(personAddressesMax).optional(),
      company: z.object({ id: idShape }).optional(),
    }),
    answer: contactPersonShape,
  },
  listTasks: {
    params: tenantParams,
    query: pageQuery.extend({
      lead: leadNumberShape.optional(),
      assignee: z.enum(['me', 'anyone']).default('anyone'),
      state: z.enum(['open', 'done']).default('open'),
    }),
    answer: z.object({ tasks: z.array(taskShape), next: nextShape }),
  },
  createTask: {
    params: tenantParams,
    body: z.object({
      title: nameShape,
      dueOn: z.iso.date().nullable().default(null),
      lead: leadNumberShape.optional(),
      mailId: idShape.optional(),
      /** The caller where it is absent. */
      assignee: addressShape.optional(),
    }),
    answer: taskShape,
  },
  updateTask: {
    params: idParams,
    body: z.object({
      version: versionShape,
      title: nameShape.optional(),
      dueOn: z.iso.date().nullable().optional(),
      assignee: addressShape.optional(),
      done: z.boolean().optional(),
    }),
    answer: taskShape,
  },
  readCrmAddressCard: { params: tenantParams, answer: bytesShape },
} as const

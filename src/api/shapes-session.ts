/** Shapes of signing in. */
import { z } from 'zod'
import { addressShape, emptyShape, idShape, nameShape, slugShape, timeShape } from './shapes.ts'

/** The same stand in accounts/passwords.ts, where they are kept; a test holds the two together. */
export const passwordCharactersMin = 10
export const passwordCharactersMax = 1_000

const passwordShape = z.string().min(1).max(passwordCharactersMax)
/** `system`: as the browser says. */
export const localeShape = z.enum(['en', 'de', 'pl', 'sv', 'he'])

export const sessionShape = z.object({
  user: z.object({
    id: idShape,
    email: z.string(),
    name: z.string(),
    role: z.enum(['operator', 'admin', 'reviewer', 'salesperson']),
    /** Null: as the browser says. */
    locale: localeShape.nullable(),
    timeZone: z.string().nullable(),
  }),
  /** Null for an operator. */
  tenant: z.object({ slug: slugShape, name: z.string(), locale: z.string(), timeZone: z.string(), currency: z.string() }).nullable(),
  /** Sent back in `X-CSRF-Token` with every call that changes something. */
  csrfToken: z.string(),
  crmAddresses: z.array(z.string()),
  undoDays: z.int(),
  version: z.string(),
})

const linkShape = z.object({
  /** `signIn` needs no password: using it signs in. */
  kind: z.enum(['invitation', 'passwordReset', 'firstOperator', 'signIn']),
  /** Null where the first operator names himself. */
  email: z.string().nullable(),
  name: z.string().nullable(),
  tenant: z.string().nullable(),
  expiresAt: timeShape,
})

const tokenParams = z.object({ token: z.string().min(20).max(200) })

export const sessionContract = {
  readSignInOptions: {
    body: z.object({ email: addressShape }),
    /** The same for an address that nobody has: who has an account is nobody's business. */
    answer: z.object({
      password: z.boolean(),
      oidcUrl: z.string().nullable(),
      /** False: no mail can be sent, so only an admin can make a link for a new password. */
      resetByMail: z.boolean(),
    }),
  },
  signIn: { body: z.object({ email: addressShape, password: passwordShape }), answer: sessionShape },
  readSession: { answer: sessionShape },
  signOut: { answer: emptyShape },
  listSessions: {
    answer: z.object({
      sessions: z.array(
        z.object({
          id: idShape,
          current: z.boolean(),
          createdAt: timeShape,
          lastSeenAt: timeShape,
          expiresAt: timeShape,
          clientAddress: z.string().nullable(),
          userAgent: z.string().nullable(),
        }),
      ),
    }),
  },
  endSession: { params: z.object({ id: idShape }), answer: emptyShape },
  changePassword: { body: z.object({ current: passwordShape, next: passwordShape }), answer: emptyShape },
  requestPasswordReset: { body: z.object({ email: addressShape }), answer: emptyShape },
  readLink: { params: tokenParams, answer: linkShape },
  useLink: {
    params: tokenParams,
    /** `password` but for `signIn`; `name` and `email` for the first operator. */
    body: z.object({ password: passwordShape.optional(), name: nameShape.optional(), email: addressShape.optional() }),
    answer: sessionShape,
  },
  startOidc: {
    params: z.object({ tenant: slugShape }),
    /** `to`: the path of our page to come back to. */
    query: z.object({ to: z.string().max(500).optional() }),
    answer: z.unknown(),
  },
  /** Answers by a redirect: to the page, or to `/sign-in?problem=…` (oidc-problems.ts). */
  finishOidc: { answer: z.unknown() },
  updateProfile: {
    body: z.object({ locale: localeShape.nullable().optional(), timeZone: z.string().max(60).nullable().optional() }),
    answer: sessionShape,
  },
} as const

/** Why signing in at a company's OpenID provider came to nothing: the page is shown `/sign-in?problem=…`, and says it in the reader's language. Without zod. */
export const oidcProblems = [
  /** The provider does not answer, or not as an OpenID provider does. */
  'oidcUnreachable',
  /** He turned back there, or the provider refused him. */
  'oidcRefused',
  /** It took too long, was done twice, or was begun in another browser. */
  'oidcExpired',
  /** The provider does not vouch for the mail address. */
  'oidcUnverified',
  /** No enabled account of this company has that address. */
  'oidcUnknown',
  /** Anything else that does not fit; the program's log says what. */
  'oidcInvalid',
] as const

export type OidcProblem = (typeof oidcProblems)[number]

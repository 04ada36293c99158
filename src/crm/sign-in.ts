/** The closed lists of signing in; database, API and page read them from here. */

/** What a one-time link is for. `signIn` asks for no password: it signs in as it is (the demo's). */
export const linkKinds = ['invitation', 'passwordReset', 'firstOperator', 'signIn'] as const
export type LinkKind = (typeof linkKinds)[number]

/** How a session came to be. */
export const signInWays = ['password', 'link', 'oidc'] as const
export type SignInWay = (typeof signInWays)[number]

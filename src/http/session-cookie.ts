/** The cookie of a session, and what tells a request of our own page from one that another page made the browser send. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { PermanentFailure } from '../failure.ts'
import { sessionAgeTimeoutMs } from '../store/sessions.ts'

/** `__Host-` binds it to exactly this host, https and the path / (RFC 6265bis §4.1.3.2), so that no neighbouring domain can set it. */
const secureName = '__Host-leadpost'
const plainName = 'leadpost'

export interface SessionCookie {
  readonly name: string
  readonly secure: boolean
}

/**
 * Null where a session would go over the network for everybody to read: plain http, but for this machine's own address and for a PUBLIC_URL
 * with http, which is the operator's word that he wants it so.
 */
export function sessionCookieOf(request: FastifyRequest, publicUrl: string | null): SessionCookie | null {
  const known = publicUrl === null ? null : new URL(publicUrl)
  // A proxy that does not hand on the Host leaves the Origin, which the browser sends with whatever changes something.
  const isPublicPlace = known !== null && (known.host === request.host || known.origin === request.headers.origin)
  if (request.protocol === 'https' || (isPublicPlace && known.protocol === 'https:')) return { name: secureName, secure: true }
  return isPublicPlace || isLoopbackHost(request.hostname) ? { name: plainName, secure: false } : null
}

function isLoopbackHost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(name) || name === '[::1]' || name === '::1'
}

/** As `sessionCookieOf`. @throws PermanentFailure `notAllowed` where it has none. */
export function requireSessionCookie(request: FastifyRequest, publicUrl: string | null): SessionCookie {
  const place = sessionCookieOf(request, publicUrl)
  if (place !== null) return place
  throw new PermanentFailure(
    'notAllowed',
    `Nobody signs in over plain http at ${request.host}: everybody on the way could read along. Ask your operator to put https before it and to set PUBLIC_URL (README "Signing in").`,
  )
}

/** Other schemes are not ours: a proxy before us may ask for a password of its own (Basic). */
export function sendsKey({ headers }: FastifyRequest): boolean {
  return /^bearer\b/i.test(headers.authorization ?? '')
}

/** The token that the browser sent; null where it sent none. */
export function readSessionToken(request: FastifyRequest, publicUrl: string | null): string | null {
  const place = sessionCookieOf(request, publicUrl)
  // Only https can have set the first.
  return request.cookies[secureName] ?? (place === null ? null : (request.cookies[place.name] ?? null))
}

export function writeSessionCookie(reply: FastifyReply, place: SessionCookie, token: string): void {
  void reply.setCookie(place.name, token, { ...cookieOptions(place), maxAge: sessionAgeTimeoutMs / 1000 })
}

export function clearSessionCookie(reply: FastifyReply, place: SessionCookie): void {
  void reply.clearCookie(place.name, cookieOptions(place))
}

function cookieOptions({ secure }: SessionCookie) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure } as const
}

/** Made of the session's token, which no script can read; whoever has one of the two cannot tell the other. */
export function csrfTokenOf(sessionToken: string): string {
  return createHmac('sha256', sessionToken).update('leadpost csrf').digest('base64url')
}

/**
 * A request that changes something must come from our own page: with the session's CSRF token, which another page cannot read.
 * @throws PermanentFailure `notAllowed`.
 */
export function checkCsrfToken(request: FastifyRequest, sessionToken: string): void {
  const given = request.headers['x-csrf-token']
  const expected = Buffer.from(csrfTokenOf(sessionToken))
  const sent = Buffer.from(typeof given === 'string' ? given : '')
  if (sent.length === expected.length && timingSafeEqual(sent, expected)) return
  throw new PermanentFailure(
    'notAllowed',
    'This changes something, so it needs the header X-CSRF-Token with the csrfToken that GET /api/v1/session answers. Reload the page.',
  )
}

/**
 * Refuses what a browser says another site sent. Whoever is no browser sends neither header.
 * @throws PermanentFailure `notAllowed`.
 */
export function checkOwnOrigin(request: FastifyRequest, publicUrl: string | null): void {
  const site = request.headers['sec-fetch-site']
  const { origin } = request.headers
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none'
  if (isOwnSite && (origin === undefined || isOwn(origin, request, publicUrl))) return
  throw new PermanentFailure(
    'notAllowed',
    `This was sent by another site${origin === undefined ? '' : ` (${origin.slice(0, 200)})`}, and only our own page may. If this is our own page, PUBLIC_URL does not say where it is reached.`,
  )
}

function isOwn(origin: string, request: FastifyRequest, publicUrl: string | null): boolean {
  if (!URL.canParse(origin)) return false
  return new URL(origin).host === request.host || (publicUrl !== null && new URL(publicUrl).origin === new URL(origin).origin)
}

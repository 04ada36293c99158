/** Where a one-time link leads, and sending it. */
import type { FastifyRequest } from 'fastify'
import { isFailure, wordsOf } from '../failure.ts'
import { linkMail, type LinkMail } from '../outbox/link-mail.ts'
import type { ApiContext } from './api-context.ts'

type PlaceContext = Pick<ApiContext, 'publicUrl' | 'listeners' | 'sendMail' | 'log'>

/** For a mail: never what a request says of itself, since whoever asks for somebody else's link could then choose where it leads. */
export function mailedLink(context: PlaceContext, token: string): string {
  const http = context.listeners().find(({ kind }) => kind === 'http')
  return `${context.publicUrl ?? `http://${http?.address ?? 'localhost'}`}/link/${token}`
}

/** For whoever made it and sees it: by the way on which he came. */
export function shownLink(context: PlaceContext, request: FastifyRequest, token: string): string {
  return `${context.publicUrl ?? `${request.protocol}://${request.host}`}/link/${token}`
}

/** False where no mail can be sent, or this one could not: then somebody has to hand the link over by himself. */
export async function sendLink(context: PlaceContext, token: string, mail: Omit<LinkMail, 'link'>): Promise<boolean> {
  if (context.sendMail === null) return false
  try {
    await context.sendMail(linkMail({ ...mail, link: mailedLink(context, token) }))
    return true
  } catch (error) {
    if (!isFailure(error)) context.log.error({ problem: wordsOf(error) }, 'a link could not be mailed')
    return false
  }
}

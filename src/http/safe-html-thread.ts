/** What runs inside the thread that makes mails' HTML safe. */
import { makeSafeHtml, type SafeHtml, type SafeHtmlOptions } from './safe-html.ts'

export interface SafeHtmlTask extends SafeHtmlOptions {
  readonly html: string
}

export function safeHtmlInThread({ html, remote }: SafeHtmlTask): SafeHtml {
  return makeSafeHtml(html, { remote })
}

/**
 * The page in which a mail's HTML is shown: a document for a frame, under a policy that lets nothing run and nothing be fetched but what was asked for.
 */
import type { SafeHtml } from './safe-html.ts'

export interface MailPageOptions {
  readonly remote: boolean
  readonly dark: boolean
}

/**
 * Even what safe-html.ts overlooks stays still: no scripts, no forms, no plugins, no frames, no fetching. `allow-same-origin` lets the page around measure
 * the frame; without scripts in it nothing else comes of that. Popups: links in new tabs, which are then ordinary ones.
 */
export function mailPagePolicy({ remote }: Pick<MailPageOptions, 'remote'>): string {
  return [
    "default-src 'none'",
    `img-src data:${remote ? ' https:' : ''}`,
    "style-src 'unsafe-inline'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'self'",
    'sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox',
  ].join('; ')
}

const baseStyle = `
:root{color-scheme:light}
html,body{margin:0;padding:0;background:#fff}
body>.mail{padding:8px;font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",Arial,sans-serif;color:#1f2328;background:#fff;overflow-wrap:anywhere;overflow-x:auto}
body>.mail img{max-width:100%;height:auto}
body>.mail img:not([src]){display:none}
body>.mail pre{white-space:pre-wrap}
body>.mail table{max-width:100%}
body>.mail blockquote{margin:0 0 0 4px;padding-inline-start:10px;border-inline-start:2px solid #c9ced6}
`
/** Mails set colours of their own for a white page, so the whole page is turned, and pictures are turned back. */
const darkStyle = `
html,body{background:#1b1d20}
body>.mail{filter:invert(.9) hue-rotate(180deg)}
body>.mail img{filter:invert(1) hue-rotate(180deg)}
`

/** `mail` with its pictures filled in, or text where there is no HTML that may be shown. */
export function mailPage(mail: Pick<SafeHtml, 'html' | 'css' | 'isCut'>, { dark }: Pick<MailPageOptions, 'dark'>): string {
  const cut = mail.isCut ? '<hr><p>This mail is larger than what is shown here. Download it to read the rest.</p>' : ''
  return `<!doctype html>
<html><head><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width"><title>Mail</title>
<style>${baseStyle}</style><style>${mail.css}</style>${dark ? `<style>${darkStyle}</style>` : ''}</head>
<body><div class="mail" dir="auto">${mail.html}${cut}</div></body></html>
`
}

export function textAsHtml(text: string): Pick<SafeHtml, 'html' | 'css' | 'isCut'> {
  const escaped = text.replaceAll(/[&<>"]/g, (sign) => `&#${String(sign.charCodeAt(0))};`)
  return { html: `<pre dir="auto">${escaped}</pre>`, css: '', isCut: false }
}

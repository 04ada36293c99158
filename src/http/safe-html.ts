/**
 * A mail's HTML without what runs, asks, frames or reaches out (PRODUCT §5): a list of what may stay, through sanitize-html. Links open elsewhere and
 * say nothing of where they stood. Pure; slow for hostile input, so it runs in a thread of its own (safe-html-thread.ts).
 */
import sanitizeHtml from 'sanitize-html'
import { safeStyleAttribute, safeStyleSheet } from './safe-css.ts'

export interface SafeHtmlOptions {
  /** Pictures from elsewhere may be fetched, by https. */
  readonly remote: boolean
}

export interface SafeHtml {
  /** What goes into a body. A picture of the mail itself has `src="mail-picture:N"`. */
  readonly html: string
  /** What goes into a style element. */
  readonly css: string
  /** Content-IDs of the mail's own pictures; N is a place in this list. */
  readonly pictures: readonly string[]
  /** The end is missing: it was larger than what is read. */
  readonly isCut: boolean
}

/** Larger HTML is shown as far as this goes. */
export const htmlCharactersMax = 3_000_000
/** Deeper elements are dropped, and their text stays. Browsers have a limit of their own, 512. */
export const nestingMax = 200
export const picturesMax = 200
/** A picture in the HTML itself (data:). */
const dataPictureCharactersMax = 2_000_000
const addressCharactersMax = 8_000
export const pictureScheme = 'mail-picture:'

const tags =
  words(`a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn dir div dl dt em
  figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s samp section small span strike strong sub summary sup
  table tbody td tfoot th thead time tr tt u ul var wbr`)
/** Their text is no text of the mail. */
const wordlessTags =
  words(`script style textarea option select button xmp title template noscript noembed noframes iframe object embed applet svg math
  audio video canvas datalist plaintext`)

const everywhere = ['style', 'class', 'id', 'dir', 'lang', 'title', 'align', 'valign', 'width', 'height', 'bgcolor', 'color']
const attributes: Readonly<Record<string, string[]>> = {
  '*': everywhere,
  a: ['href', 'name', 'target', 'rel', 'referrerpolicy'],
  img: ['src', 'alt', 'border', 'hspace', 'vspace'],
  font: ['face', 'size'],
  table: ['border', 'cellpadding', 'cellspacing', 'rules', 'frame', 'summary'],
  td: ['colspan', 'rowspan', 'nowrap', 'headers', 'scope'],
  th: ['colspan', 'rowspan', 'nowrap', 'headers', 'scope'],
  col: ['span'],
  colgroup: ['span'],
  ol: ['start', 'type', 'reversed'],
  ul: ['type'],
  li: ['value', 'type'],
  bdo: ['dir'],
  hr: ['size', 'noshade'],
  details: ['open'],
  time: ['datetime'],
}

type Attributes = Record<string, string>

/** Never throws for what the HTML says. */
export function makeSafeHtml(written: string, options: SafeHtmlOptions): SafeHtml {
  const html = written.slice(0, htmlCharactersMax)
  const pictures: string[] = []
  const safe = sanitizeHtml(html, {
    allowedTags: tags,
    allowedAttributes: { ...attributes },
    nonTextTags: wordlessTags,
    nestingLimit: nestingMax,
    // Addresses and styles are judged below, one by one; nothing that is not rewritten there is let through.
    allowedSchemes: ['http', 'https', 'mailto', 'tel', 'data', 'mail-picture'],
    allowedSchemesByTag: { a: ['http', 'https', 'mailto', 'tel'], img: ['https', 'data', 'mail-picture'] },
    allowProtocolRelative: false,
    parseStyleAttributes: false,
    enforceHtmlBoundary: false,
    transformTags: {
      body: (_, attribs) => ({ tagName: 'div', attribs: styled(attribs, options) }),
      a: (tagName, attribs) => ({ tagName, attribs: linkOf(styled(attribs, options)) }),
      img: (tagName, attribs) => ({ tagName, attribs: pictureOf(styled(attribs, options), options, pictures) }),
      '*': (tagName, attribs) => ({ tagName, attribs: tagName === 'a' || tagName === 'img' ? attribs : styled(attribs, options) }),
    },
  })
  return { html: safe, css: styleSheetsOf(html, options), pictures, isCut: written.length > html.length }
}

/** A background that was an attribute becomes a style, where a div has it no more. */
function styled(attribs: Attributes, options: SafeHtmlOptions): Attributes {
  const { style, ...rest } = attribs
  const safe = style === undefined ? '' : safeStyleAttribute(style, options)
  return safe.trim() === '' ? rest : { ...rest, style: safe }
}

/** Within the mail, or in a tab of its own that knows nothing of this one. */
function linkOf({ href, ...rest }: Attributes): Attributes {
  const kept = without(rest, 'target', 'rel', 'referrerpolicy')
  const address = (href ?? '').trim()
  if (address === '' || address.length > addressCharactersMax) return kept
  if (address.startsWith('#')) return { ...kept, href: address }
  if (!/^(?:https?:\/\/|mailto:|tel:)/i.test(address)) return kept
  return { ...kept, href: address, target: '_blank', rel: 'noopener noreferrer nofollow', referrerpolicy: 'no-referrer' }
}

function without(attribs: Attributes, ...names: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(attribs).filter(([name]) => !names.includes(name)))
}

function pictureOf({ src, ...rest }: Attributes, { remote }: SafeHtmlOptions, pictures: string[]): Attributes {
  const address = (src ?? '').trim()
  const cid = /^cid:(.{1,998})$/i.exec(address)?.[1]
  if (cid !== undefined) {
    const id = decoded(cid)
    const known = pictures.indexOf(id)
    if (known === -1 && pictures.length >= picturesMax) return rest
    return { ...rest, src: `${pictureScheme}${String(known === -1 ? pictures.push(id) - 1 : known)}` }
  }
  if (
    /^data:image\/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]+$/i.test(address.slice(0, 200)) &&
    address.length <= dataPictureCharactersMax
  )
    return { ...rest, src: address.replaceAll(/\s/g, '') }
  if (!remote || address.length > addressCharactersMax) return rest
  const secure = address.replace(/^(?:http:)?\/\//i, 'https://')
  return /^https:\/\//i.test(secure) ? { ...rest, src: secure } : rest
}

/** RFC 2392 §2: a cid: address is percent-encoded. */
function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid)
  } catch {
    return cid
  }
}

/** All but the style elements is escaped text then, so these are told from it by their brackets. */
function styleSheetsOf(html: string, options: SafeHtmlOptions): string {
  if (!/<style[\s>]/i.test(html)) return ''
  const only = sanitizeHtml(html, {
    allowedTags: ['style'],
    allowedAttributes: {},
    allowVulnerableTags: true,
    nonTextTags: wordlessTags.filter((tag) => tag !== 'style'),
    nestingLimit: nestingMax,
  })
  const sheets = [...only.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, css = '']) => css)
  return safeStyleSheet(sheets.join('\n'), options)
}

function words(text: string): string[] {
  return text.split(/\s+/)
}

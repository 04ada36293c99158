/**
 * How many things an HTML mail would fetch from elsewhere as soon as it is shown: pictures, style sheets, fonts, backgrounds, sounds. Counted without
 * reading the HTML as a whole, in time linear to its length, since a megabyte of it may be hostile.
 */

/** Looked at; behind it nothing is counted. */
const htmlCharactersMax = 1024 * 1024
/** A tag is looked at so far; what stands behind is no attribute that anybody wrote by hand. */
const tagCharactersMax = 20_000
export const remoteContentsMax = 9_999

/** Bounded everywhere, so that no run of spaces is gone through twice. Attributes whose address is fetched without a click (HTML §4.8; background and lowsrc of old). */
const fetchingAttribute = /[\s"'/](?:src|background|poster|lowsrc|dynsrc|data)\s{0,9}=\s{0,9}["']?\s{0,9}([^"'\s>]{1,2000})/gi
const sourceSet = /[\s"'/](?:image)?srcset\s{0,9}=\s{0,9}(?:"([^"]{1,4000})|'([^']{1,4000}))/gi
const address = /^(?:https?:)?\/\//i
const addressInSet = /(?:^|[\s,])(?:https?:)?\/\//gi
/** In a style sheet or a style attribute: url(…) of whatever property, and @import with or without it. */
const styleAddress = /(?:url\(\s{0,9}["']?\s{0,9}|@import\s{1,9}["']\s{0,9})(?:https?:)?\/\//gi
const linkAddress = /[\s"'/]href\s{0,9}=\s{0,9}["']?\s{0,9}(?:https?:)?\/\//i
const fetchingLink = /rel\s{0,9}=\s{0,9}["']?[^"'>]{0,200}(?:stylesheet|icon|preload|prefetch|import|dns-prefetch|preconnect)/i

/** At most `remoteContentsMax`. */
export function countRemoteContents(html: string): number {
  const read = html.slice(0, htmlCharactersMax)
  let count = occurrences(read, styleAddress)
  for (let at = read.indexOf('<'); at !== -1 && count < remoteContentsMax; at = read.indexOf('<', at + 1)) {
    if (!isLetter(read.charCodeAt(at + 1))) continue
    const end = endOfTag(read, at)
    count += inTag(read.slice(at, end))
    at = end - 1
  }
  return Math.min(count, remoteContentsMax)
}

function inTag(tag: string): number {
  if (/^<a[\s>]/i.test(tag)) return 0
  if (/^<link[\s/]/i.test(tag)) return linkAddress.test(tag) && fetchingLink.test(tag) ? 1 : 0
  let count = 0
  for (const [, value = ''] of tag.matchAll(fetchingAttribute)) if (address.test(value)) count += 1
  for (const [, quoted, single] of tag.matchAll(sourceSet)) count += occurrences(quoted ?? single ?? '', addressInSet)
  return count
}

/** Behind the ">" that no quote holds. */
function endOfTag(html: string, start: number): number {
  const last = Math.min(html.length, start + tagCharactersMax)
  let quote = 0
  for (let at = start; at < last; at++) {
    const code = html.charCodeAt(at)
    if (quote !== 0) quote = code === quote ? 0 : quote
    else if (code === 0x22 || code === 0x27) quote = code
    else if (code === 0x3e) return at + 1
  }
  return last
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}

function occurrences(text: string, pattern: RegExp): number {
  let count = 0
  for (const _ of text.matchAll(pattern)) count += 1
  return count
}

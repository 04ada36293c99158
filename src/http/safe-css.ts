/**
 * CSS of a mail without what reaches out or runs: no url() but small pictures in it, no @import, no fonts, no expression(). The second wall: what is
 * overlooked here, the Content-Security-Policy of the answer stops. Linear in the length of the text.
 */

/** Every run that a pattern below looks over is bounded, so that none is gone through twice. Of one style sheet, and of one style attribute. */
export const styleSheetCharactersMax = 200_000
export const styleAttributeCharactersMax = 4_000

export interface CssOptions {
  /** Pictures from elsewhere may be fetched, by https. */
  readonly remote: boolean
}

/** Of a style element; everything that might end the element is gone. */
export function safeStyleSheet(css: string, options: CssOptions): string {
  const text = plain(css.slice(0, styleSheetCharactersMax))
    .replaceAll(/@(?:import|charset|namespace)[^;{}]{0,2000};?/gi, '')
    .replaceAll(/@(?:-[a-z]+-)?(?:font-face|document|counter-style|font-feature-values|property)[^{}]{0,500}\{[^{}]{0,20000}\}?/gi, '')
  return withoutReach(text, options)
}

/** Of a style attribute. */
export function safeStyleAttribute(css: string, options: CssOptions): string {
  return withoutReach(plain(css.slice(0, styleAttributeCharactersMax)).replaceAll(/[{}]/g, ''), options)
}

/** Without comments and without escapes that hide letters, so that what is looked for is seen; without what could end the element. */
function plain(css: string): string {
  return css
    .replaceAll(/\\([0-9a-f]{1,6})[ \t\r\n\f]?|\\([^\r\n\f0-9a-f])/gi, (escape, hex: string | undefined, letter: string | undefined) => {
      const code = hex === undefined ? (letter ?? '').codePointAt(0) : Number.parseInt(hex, 16)
      // A hidden letter is shown; a curly quote or the like stays as it was written.
      return code !== undefined && code < 0x80 ? String.fromCodePoint(code) : escape
    })
    .replaceAll(/\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/g, ' ')
    .replaceAll(/<\/?|<!--|-->/g, '')
}

/** `url(` up to its end, quoted or not. */
const address = /url\(\s{0,99}(?:"([^"\r\n]*)"?|'([^'\r\n]*)'?|([^)"'\r\n]*))\s{0,99}\)?/gi
const smallPicture = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]{0,20000}$/i
const picture = /^https:\/\/[^\s"'()\\<>]{1,2000}$/i
/** Functions that name addresses without url(), and those that ran in browsers of old. */
const otherReach = /(?:-webkit-|-moz-)?(?:image-set|image|cross-fade|src|expression|element|attr)\s{0,99}\([^()]{0,2000}\)?/gi
const oldProperties = /(?:behavior|-moz-binding|-ms-behavior)\s{0,99}:/gi

function withoutReach(css: string, { remote }: CssOptions): string {
  return css
    .replaceAll(oldProperties, 'x:')
    .replaceAll(/javascript:|vbscript:/gi, '')
    .replaceAll(address, (_, double: string | undefined, single: string | undefined, bare: string | undefined) => {
      const value = (double ?? single ?? bare ?? '').trim()
      const secure = value.replace(/^(?:http:)?\/\//i, 'https://')
      const isAllowed = smallPicture.test(value) || (remote && picture.test(secure))
      return isAllowed ? `url("${remote && !value.startsWith('data:') ? secure : value}")` : 'none'
    })
    .replaceAll(otherReach, 'none')
}

/** Content-Disposition (RFC 6266) with any file name, as old and new clients read it. */

const fileNameCharactersMax = 150

/** What a name must not bring into a folder: paths, control characters, and signs that turn the direction of writing ("gpj.exe"). */
export function safeFileName(written: string): string {
  const name = written
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, '')
    .replaceAll(/[/\\:*?"<>|]/g, '_')
    .replace(/^[.\s]+/, '')
    .trim()
  const [, stem = name, ending = ''] = /^(.+?)(\.[A-Za-z0-9]{1,10})?$/s.exec(name) ?? []
  const short = stem.slice(0, fileNameCharactersMax).toWellFormed().replaceAll('\uFFFD', '')
  return short === '' ? 'file' : short + ending
}

export function contentDisposition(kind: 'inline' | 'attachment', written: string): string {
  const name = safeFileName(written)
  // Without the signs that a quoted string or a naive reader of it trips over.
  const plain = name
    .normalize('NFKD')
    .replaceAll(/[^\x20-\x7e]/g, '')
    .replaceAll(/["\\%;]/g, '_')
    .trim()
  const ascii = /[A-Za-z0-9]/.test(plain.replace(/\.[A-Za-z0-9]*$/, '')) ? plain : `file${/\.[A-Za-z0-9]{1,10}$/.exec(plain)?.[0] ?? ''}`
  // RFC 8187 §3.2.1: what encodeURIComponent leaves and attr-char has not.
  const extended = encodeURIComponent(name).replaceAll(/['()*!]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
  return ascii === name ? `${kind}; filename="${name}"` : `${kind}; filename="${ascii}"; filename*=UTF-8''${extended}`
}

/** Makes the name that a sender gave an attachment safe to show, to store and to save under. */

export const fileNameCharactersMax = 160

const extensionsOfTypes: Readonly<Record<string, string>> = {
  'message/rfc822': 'eml',
  'text/calendar': 'ics',
  'application/pkcs7-mime': 'p7m',
  'application/pkcs7-signature': 'p7s',
  'application/x-pkcs7-mime': 'p7m',
  'application/x-pkcs7-signature': 'p7s',
  'application/pgp-signature': 'asc',
  'application/pgp-encrypted': 'asc',
  'application/pgp-keys': 'asc',
  'text/rfc822-headers': 'txt',
  'text/plain': 'txt',
  'text/html': 'html',
  'application/pdf': 'pdf',
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
}
/** Names that Windows gives to devices, with or without an extension. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i

/**
 * The last step of any path in `written`, free of control, format and reserved characters, without leading or trailing dots, at most
 * `fileNameCharactersMax` UTF-16 units with its extension kept; `attachment-N.ext` where nothing is left. `position` counts from 1.
 */
export function safeFileName(written: string | null, mediaType: string, position: number): string {
  const last = (written ?? '').slice(-4_096).split(/[/\\]/).at(-1) ?? ''
  const plain = last
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
    .replaceAll(/[<>:"|?*\ufffd]/g, '_')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[. ]+/, '')
    .replace(/[. ]+$/, '')
  if (plain === '' || /^[_ ]+$/.test(plain)) return `attachment-${position}.${extensionsOfTypes[mediaType] ?? 'bin'}`
  const named = deviceName.test(plain) ? `_${plain}` : plain
  return shortened(named)
}

/** Cut in the middle of the name, so that the extension still says what it is. */
function shortened(name: string): string {
  if (name.length <= fileNameCharactersMax) return name
  const dot = name.lastIndexOf('.')
  const extension = dot > 0 && name.length - dot <= 20 ? name.slice(dot) : ''
  return name.slice(0, fileNameCharactersMax - extension.length).replace(/[\ud800-\udbff]$/, '') + extension
}

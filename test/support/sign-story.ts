/**
 * Signs the mail of a story: `node test/support/sign-story.ts fixtures/messages/STORY.eml DOMAIN [FIELDS]`. FIELDS is h=, with colons. A signature
 * that stands above it is replaced. The key is a part of the fixtures; `fixtures/zone.json` publishes it for the domains of the world, and
 * another for those of the spoofers.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { signed } from './signed-mail.ts'

const fixtures = join(import.meta.dirname, '../../fixtures')
export const usualFields = 'From:To:Cc:Subject:Date:Message-ID:In-Reply-To:References:MIME-Version:Content-Type:Content-Transfer-Encoding'
/** Long ago, so that no clock takes it for the future. */
const signedAt = new Date('2024-01-01T00:00:00Z')

/** A story's mail is stored with LF and leaves with CRLF, so that is what is signed. */
export async function signStory(mail: string, domain: string, fields: string): Promise<string> {
  const keys = JSON.parse(readFileSync(join(fixtures, 'signing-keys.json'), 'utf8')) as Record<'world' | 'spoofer', string>
  const privateKey = `-----BEGIN PRIVATE KEY-----\n${domain.endsWith('boese.example') ? keys.spoofer : keys.world}\n-----END PRIVATE KEY-----\n`
  const unsigned = mail.replace(/^DKIM-Signature:.*\n(?:[ \t].*\n)*/, '').replaceAll(/\r?\n/g, '\r\n')
  const result = await signed(unsigned, { domain, key: { privateKey, record: '' }, fields, signedAt })
  return result.replaceAll('\r\n', '\n')
}

const [path, domain, fields = usualFields] = process.argv.slice(2)
if (import.meta.main && path !== undefined && domain !== undefined) {
  writeFileSync(path, Buffer.from(await signStory(readFileSync(path, 'latin1'), domain, fields), 'latin1'))
}

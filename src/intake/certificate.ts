/** The certificate for STARTTLS: the operator's, or one of our own making that is kept in `DATA_DIR/tls` and made anew before it expires. */
import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { generate } from 'selfsigned'
import { PermanentFailure, wordsOf } from '../failure.ts'

/** PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

export interface CertificateOptions {
  readonly dataDir: string
  /** The operator's files (PEM); null: one is made. */
  readonly given: { readonly certFile: string; readonly keyFile: string } | null
  /** The name that the listener greets with. */
  readonly hostName: string
  readonly now?: Date
}

const dayMs = 24 * 60 * 60_000
const madeForDays = 365
/** So long before its end a certificate of our own is replaced. */
const renewedBeforeDays = 30

/**
 * Reads the certificate, or makes one. Cheap enough to be asked again each day, which is how a renewed file comes into use.
 * @throws PermanentFailure `configurationInvalid` naming the file, where the operator's cannot be read or do not fit together.
 */
export async function readCertificate(options: CertificateOptions): Promise<Certificate> {
  const { given } = options
  if (given === null) return await ownCertificate(options)
  try {
    const certificate = { cert: await readFile(given.certFile, 'utf8'), key: await readFile(given.keyFile, 'utf8') }
    createSecureContext(certificate)
    return certificate
  } catch (error) {
    const message = `the certificate ${given.certFile} with the key ${given.keyFile} cannot be used: ${wordsOf(error)}`
    throw new PermanentFailure('configurationInvalid', message, { cause: error })
  }
}

async function ownCertificate(options: CertificateOptions): Promise<Certificate> {
  const { dataDir, hostName, now = new Date() } = options
  const file = join(dataDir, 'tls', 'smtp.pem')
  const kept = await readOwn(file, now)
  if (kept !== null) return kept
  const pems = await generate([{ name: 'commonName', value: hostName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - dayMs),
    notAfterDate: new Date(now.getTime() + madeForDays * dayMs),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: hostName }] }],
  })
  await mkdir(join(dataDir, 'tls'), { recursive: true, mode: 0o700 })
  // One file, renamed into place, so that key and certificate are never of two makings.
  const unfinished = `${file}.new`
  await writeFile(unfinished, `${pems.private.trim()}\n${pems.cert.trim()}\n`, { mode: 0o600 })
  await rename(unfinished, file)
  return { key: pems.private, cert: pems.cert }
}

/** Null where there is none, it cannot be read, or it ends soon. */
async function readOwn(file: string, now: Date): Promise<Certificate | null> {
  try {
    const pem = await readFile(file, 'utf8')
    createSecureContext({ key: pem, cert: pem })
    const endsAt = new Date(new X509Certificate(pem).validTo).getTime()
    return endsAt - now.getTime() > renewedBeforeDays * dayMs ? { key: pem, cert: pem } : null
  } catch {
    return null
  }
}

import { X509Certificate } from 'node:crypto'
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCertificate } from '../../src/intake/certificate.ts'
import { listening, temporaryFolder } from './support/listening.ts'
import { Wire } from './support/wire.ts'

let dataDir: string
beforeEach(async () => {
  dataDir = await temporaryFolder()
})
afterEach(async () => {
  await rm(dataDir, { recursive: true, force: true })
})

const dayMs = 24 * 60 * 60_000
const own = { given: null, hostName: 'mail.crm.example' }

describe('a certificate of our own', () => {
  it('is made at the first start, for our name, readable by its owner alone, and kept', async () => {
    const first = await readCertificate({ dataDir, ...own })
    const certificate = new X509Certificate(first.cert)
    expect(certificate.checkHost('mail.crm.example')).toBe('mail.crm.example')
    expect((await stat(join(dataDir, 'tls', 'smtp.pem'))).mode & 0o077).toBe(0)
    const second = await readCertificate({ dataDir, ...own })
    expect(new X509Certificate(second.cert).fingerprint256).toBe(certificate.fingerprint256)
  })

  it('is made anew before it ends, and where its file is broken', async () => {
    const first = await readCertificate({ dataDir, ...own })
    const later = await readCertificate({ dataDir, ...own, now: new Date(Date.now() + 340 * dayMs) })
    expect(new X509Certificate(later.cert).fingerprint256).not.toBe(new X509Certificate(first.cert).fingerprint256)
    expect(new Date(new X509Certificate(later.cert).validTo).getTime()).toBeGreaterThan(Date.now() + 700 * dayMs)
    await writeFile(join(dataDir, 'tls', 'smtp.pem'), 'nothing')
    const mended = await readCertificate({ dataDir, ...own })
    expect(new X509Certificate(mended.cert).checkHost('mail.crm.example')).toBe('mail.crm.example')
  })
})

describe("the operator's certificate", () => {
  it('is used as given', async () => {
    const made = await readCertificate({ dataDir, ...own })
    const folder = join(dataDir, 'given')
    await mkdir(folder)
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    await writeFile(certFile, made.cert)
    await writeFile(keyFile, made.key)
    const given = await readCertificate({ dataDir, hostName: 'x', given: { certFile, keyFile } })
    expect(given).toEqual({ cert: await readFile(certFile, 'utf8'), key: await readFile(keyFile, 'utf8') })
  })

  it('that cannot be read or does not fit is named', async () => {
    const given = { certFile: join(dataDir, 'none.pem'), keyFile: join(dataDir, 'none.key') }
    await expect(readCertificate({ dataDir, hostName: 'x', given })).rejects.toMatchObject({
      code: 'configurationInvalid',
      message: expect.stringContaining('none.pem'),
    })
    await writeFile(given.certFile, 'no certificate')
    await writeFile(given.keyFile, 'no key')
    await expect(readCertificate({ dataDir, hostName: 'x', given })).rejects.toMatchObject({ code: 'configurationInvalid' })
  })
})

describe('a renewed certificate', () => {
  it('is shown by a running listener, also where its files come one after the other', async () => {
    const folder = join(dataDir, 'given')
    await mkdir(folder)
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
    const [first, second] = await Promise.all(
      ['first.example', 'second.example'].map((hostName) => readCertificate({ dataDir: join(dataDir, hostName), given: null, hostName })),
    )
    if (first === undefined || second === undefined) throw new Error('not made')
    await writeFile(certFile, first.cert)
    await writeFile(keyFile, first.key)
    const one = await listening({ certificate: { certFile, keyFile }, certificateCheckMs: 5 })
    try {
      expect(await shownBy(one.port)).toBe('first.example')
      await writeFile(certFile, second.cert)
      await wait(50)
      expect(await shownBy(one.port)).toBe('first.example')
      await writeFile(keyFile, second.key)
      await expect.poll(() => shownBy(one.port)).toBe('second.example')
    } finally {
      await one.close()
    }
  })
})

/** The common name in the certificate that a client sees. */
async function shownBy(port: number): Promise<string | undefined> {
  const wire = await Wire.ready(port)
  await wire.command('STARTTLS', 220)
  await wire.encrypt()
  const { subject } = wire.peerCertificate()
  wire.close()
  return subject.CN
}

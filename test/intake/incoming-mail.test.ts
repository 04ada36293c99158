import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { IncomingMail } from '../../src/intake/incoming-mail.ts'

describe('the content of DATA', () => {
  test('comes as it was written, to its end', async () => {
    const mail = new IncomingMail()
    mail.write(Buffer.from('Subject: x\r\n'))
    mail.end(Buffer.from('\r\nHello'))
    expect(mail.writable).toBe(false)
    expect(Buffer.concat(await mail.toArray()).toString()).toBe('Subject: x\r\n\r\nHello')
    expect(mail.readableEnded).toBe(true)
  })

  test('waits for a reader who is slow, and tells once he has read', async () => {
    const mail = new IncomingMail()
    const chunk = Buffer.alloc(16 * 1024, 'a')
    let written = 0
    while (mail.write(chunk)) written += chunk.length
    expect(written).toBeLessThan(128 * 1024)
    let drains = 0
    mail.on('drain', () => (drains += 1))
    await turn()
    expect(drains).toBe(0)
    const drained = once(mail, 'drain')
    mail.resume()
    await drained
    expect(drains).toBe(1)
    expect(mail.write(chunk)).toBe(true)
  })

  test('of a mail that is broken off ends with the cause, and takes no more', async () => {
    const mail = new IncomingMail()
    mail.write(Buffer.from('Subject: x\r\n'))
    const causes: string[] = []
    mail.on('error', ({ message }) => causes.push(message))
    mail.destroy(new Error('the connection broke'))
    await new Promise((resolve) => mail.once('close', resolve))
    expect(causes).toEqual(['the connection broke'])
    expect(mail.writable).toBe(false)
    expect(mail.write(Buffer.from('more'))).toBe(false)
    mail.end()
  })
})

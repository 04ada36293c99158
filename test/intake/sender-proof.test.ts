/** Tenants who refuse senders that nothing vouches for: refused in the session, once the mail is there, and only then. */
import { afterEach, describe, expect, it } from 'vitest'
import type { SenderVerdict } from '../../src/intake/sender-proof.ts'
import { listening, mail, other, xyz, type Listening, type World } from './support/listening.ts'
import { Wire } from './support/wire.ts'

const world: World = {
  domains: {
    'strict.example': { tenantId: other, policy: { unauthenticatedSender: 'refuse' } },
    'xyz.example': { tenantId: xyz },
  },
}
const fromStrict = { from: 'Olga <olga@strict.example>' }
const refused: SenderVerdict = { kind: 'refused', reasons: ['The mail carries no signature of its domain (DKIM).'] }
const end = '\r\n.\r\n'

const open: { close(): Promise<void> | void }[] = []
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function send(
  text: string,
  how: { verdict: SenderVerdict; trusted?: readonly string[] },
): Promise<{ wire: Wire; server: Listening }> {
  const server = await listening({ world, trusted: how.trusted ?? ['192.0.2.1'], verdict: how.verdict })
  open.push(server)
  const wire = await Wire.ready(server.port)
  open.push(wire)
  await wire.begin('olga@strict.example', 'crm@crm.example')
  wire.send(text + end)
  return { wire, server }
}

describe('a tenant who refuses senders that nothing vouches for', () => {
  it.each([10, 300_000])('has them refused in words that a salesperson understands, and nothing is kept: body of %i', async (size) => {
    const { wire, server } = await send(
      mail({
        ...fromStrict,
        body: 'x'
          .repeat(70)
          .concat('\r\n')
          .repeat(size / 70 + 1),
      }),
      { verdict: refused },
    )
    const words = await wire.expect(550)
    expect(words).toMatch(/^5\.7\.26 Nothing proves .* your company.*Please send it through .*no signature/)
    expect(words.length).toBeLessThan(500)
    expect(await server.spooled()).toEqual([])
    // The connection goes on.
    await wire.begin('anna@xyz.example', 'crm@crm.example')
    wire.send(mail() + end)
    await wire.expect(250)
  })

  it.each(['believed', 'unknown'] as const)('takes a mail whose sender is %s', async (kind) => {
    const { wire, server } = await send(mail(fromStrict), { verdict: { kind } })
    await wire.expect(250)
    expect(await server.spooled()).toHaveLength(1)
  })

  it('takes what comes from a trusted network, and nobody is asked', async () => {
    const { wire } = await send(mail(fromStrict), { verdict: refused, trusted: ['127.0.0.0/8'] })
    await wire.expect(250)
  })
})

it('a tenant who lets a person decide has nothing refused', async () => {
  const { wire } = await send(mail(), { verdict: refused })
  await wire.expect(250)
})

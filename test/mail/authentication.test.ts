import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DomainName } from '../../src/mail/address.ts'
import {
  authorStanding,
  explainStandingReason,
  resultsOfField,
  standingReasonCodes,
  type PublishedPolicy,
  type StandingFacts,
} from '../../src/mail/authentication.ts'
import { authenticationResults, readAuthenticationResults } from '../../src/mail/authentication-results.ts'
import type { AuthenticationResult, CheckedDomain } from '../../src/mail/message.ts'

const author = 'tenant.example' as DomainName
const none: CheckedDomain = { result: 'none', domain: null }
const record = (policy: 'none' | 'quarantine' | 'reject', alignment: 'relaxed' | 'strict' = 'relaxed'): PublishedPolicy => ({
  kind: 'record',
  policy,
  strictDkim: alignment === 'strict',
  strictSpf: alignment === 'strict',
})
const organisation: StandingFacts['sameOrganisation'] = (domain) => (domain.endsWith('.tenant.example') ? 'same' : 'other')
const standing = (facts: Partial<StandingFacts>): ReturnType<typeof authorStanding> =>
  authorStanding({ author, spf: none, dkim: [], policy: record('none'), sameOrganisation: organisation, believedDmarc: null, ...facts })
const of = (result: AuthenticationResult, domain: string | null = 'tenant.example'): CheckedDomain => ({ result, domain })

describe('the standing of an author', () => {
  test.each<[string, Partial<StandingFacts>, string]>([
    ['DKIM of the very domain', { dkim: [of('pass')] }, 'aligned'],
    ['SPF of the very domain', { spf: of('pass') }, 'aligned'],
    ['one good signature among bad ones', { dkim: [of('fail'), of('pass', 'list.example'), of('pass')] }, 'aligned'],
    ['the very domain, though strict', { dkim: [of('pass')], policy: record('reject', 'strict') }, 'aligned'],
    ['the very domain, though the policy is unknown', { dkim: [of('pass')], policy: { kind: 'unknown' } }, 'aligned'],
    ['the very domain, without a policy', { spf: of('pass'), policy: { kind: 'none' } }, 'aligned'],
    ['a sub-domain, relaxed', { dkim: [of('pass', 'mail.tenant.example')] }, 'aligned'],
    ['a sub-domain, strict', { dkim: [of('pass', 'mail.tenant.example')], policy: record('none', 'strict') }, 'unaligned'],
    ['a sub-domain, without a policy', { spf: of('pass', 'mail.tenant.example'), policy: { kind: 'none' } }, 'unaligned'],
    ['a sub-domain, the policy unknown', { spf: of('pass', 'mail.tenant.example'), policy: { kind: 'unknown' } }, 'undetermined'],
    ['a sub-domain whose organisation is unknown', { spf: of('pass', 'x.example'), sameOrganisation: () => 'unknown' }, 'undetermined'],
    ['another domain', { dkim: [of('pass', 'attacker.example')], spf: of('pass', 'attacker.example') }, 'unaligned'],
    ['another domain, p=quarantine', { dkim: [of('pass', 'attacker.example')], policy: record('quarantine') }, 'unaligned'],
    ['another domain, p=reject', { dkim: [of('pass', 'attacker.example')], policy: record('reject') }, 'rejectedByPolicy'],
    ['nothing at all, p=reject', { policy: record('reject') }, 'rejectedByPolicy'],
    ['nothing at all, the policy unknown', { policy: { kind: 'unknown' } }, 'unaligned'],
    ['DKIM temperror of the domain', { dkim: [of('temperror')], policy: record('reject') }, 'undetermined'],
    ['SPF temperror of the domain', { spf: of('temperror') }, 'undetermined'],
    ['temperror of another domain', { dkim: [of('temperror', 'attacker.example')], policy: record('reject') }, 'rejectedByPolicy'],
    ['temperror beside a pass', { dkim: [of('pass')], spf: of('temperror') }, 'aligned'],
    ['softfail', { spf: of('softfail') }, 'unaligned'],
    ['a signature that does not count here', { dkim: [of('policy')] }, 'unaligned'],
    ['no single author', { author: null, dkim: [of('pass')], spf: of('pass'), believedDmarc: of('pass') }, 'unaligned'],
    ['a trusted server says pass', { believedDmarc: of('pass'), policy: { kind: 'none' } }, 'aligned'],
    ['a trusted server says fail, though a signature passed', { believedDmarc: of('fail'), dkim: [of('pass')] }, 'unaligned'],
    ['a trusted server says fail, p=reject', { believedDmarc: of('fail'), policy: record('reject') }, 'rejectedByPolicy'],
    ['a trusted server says temperror', { believedDmarc: of('temperror') }, 'undetermined'],
    ['a trusted server knows of no policy', { believedDmarc: of('none'), dkim: [of('pass')] }, 'aligned'],
  ])('%s', (_, facts, expected) => {
    expect(standing(facts).standing).toBe(expected)
  })

  test('names the DMARC result and what the domain asks for', () => {
    expect(standing({ policy: record('reject') }).dmarc).toEqual({ result: 'fail', domain: 'tenant.example', policy: 'reject' })
    expect(standing({ dkim: [of('pass')], policy: record('reject') }).dmarc.result).toBe('pass')
    expect(standing({ dkim: [of('pass')], policy: { kind: 'none' } }).dmarc.result).toBe('none')
    expect(standing({ spf: of('temperror') }).dmarc.result).toBe('temperror')
  })

  test('gives every reason as a code and in words', () => {
    expect(standing({ spf: of('fail'), dkim: [of('pass', 'list.example')], policy: record('reject') }).reasons).toEqual([
      { code: 'spfNotPassed', detail: 'tenant.example, fail' },
      { code: 'dkimUnaligned', detail: 'list.example' },
      { code: 'policyReject', detail: 'tenant.example' },
    ])
    for (const code of standingReasonCodes) expect(explainStandingReason({ code, detail: 'x' })).toMatch(/^[A-Zx].+\.$/)
  })
})

describe('laws of the standing', () => {
  const domain = fc.constantFrom('tenant.example', 'mail.tenant.example', 'attacker.example', 'tenant.example.attacker.example', null)
  const checked = fc.record({ result: fc.constantFrom(...authenticationResults), domain })
  const policy = fc.constantFrom<PublishedPolicy>(
    { kind: 'none' },
    { kind: 'unknown' },
    record('none'),
    record('reject'),
    record('quarantine', 'strict'),
  )
  const facts = fc.record({ spf: checked, dkim: fc.array(checked, { maxLength: 5 }), policy })

  test('the order of signatures is no matter, and there always is a reason', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const one = standing(given)
        expect(standing({ ...given, dkim: given.dkim.toReversed() }).standing).toBe(one.standing)
        expect(one.reasons.length).toBeGreaterThan(0)
      }),
    )
  })

  test('only a pass of a domain of the organisation aligns', () => {
    fc.assert(
      fc.property(facts, (given) => {
        const own = [given.spf, ...given.dkim].some(
          ({ result, domain: at }) => result === 'pass' && (at === 'tenant.example' || at === 'mail.tenant.example'),
        )
        if (!own) expect(standing(given).standing).not.toBe('aligned')
      }),
    )
  })

  test('what else is added can turn no pass into a refusal', () => {
    fc.assert(
      fc.property(facts, checked, (given, more) => {
        expect(standing({ ...given, dkim: [...given.dkim, of('pass'), more] }).standing).toBe('aligned')
      }),
    )
  })

  test('an unknown is never a refusal where the answer could have been a pass', () => {
    fc.assert(
      fc.property(facts, (given) => {
        expect(['aligned', 'undetermined']).toContain(standing({ ...given, spf: of('temperror') }).standing)
      }),
    )
  })
})

describe('results of a trusted server', () => {
  const found = (body: string): ReturnType<typeof resultsOfField> => {
    const field = readAuthenticationResults(body)
    if (field === null) throw new Error('not read')
    return resultsOfField(field, author)
  }

  test('come with their domains', () => {
    const { spf, dkim, believedDmarc } = found(
      'mx.example; spf=pass smtp.mailfrom=jo@Tenant.Example; dkim=pass header.i=jo@tenant.example; dkim=fail reason="bad key" header.d=x.example; dmarc=pass header.from=tenant.example',
    )
    expect(spf).toEqual(of('pass'))
    expect(dkim).toEqual([of('pass'), { ...of('fail', 'x.example'), reason: 'bad key' }])
    expect(believedDmarc).toEqual(of('pass'))
  })

  test.each([
    ['about another author', 'mx.example; dmarc=pass header.from=attacker.example'],
    ['about nobody', 'mx.example; dmarc=pass'],
    ['about the author in the display name of another', 'mx.example; dmarc=pass header.from="tenant.example <x@attacker.example>"'],
    ['said twice', 'mx.example; dmarc=pass header.from=tenant.example; dmarc=fail header.from=tenant.example'],
  ])('a DMARC pass %s does not align', (_, body) => {
    expect(standing(found(body)).standing).toBe('unaligned')
  })

  test('an SPF result put in twice counts for nothing', () => {
    expect(standing(found('mx.example; spf=fail smtp.mailfrom=a.example; spf=pass smtp.mailfrom=tenant.example')).standing).toBe(
      'unaligned',
    )
  })
})

import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCrmAddress, subaddressNumber } from '../../src/crm/crm-address.ts'
import { addressKey, type AddressKey } from '../../src/mail/address.ts'

function key(written: string): AddressKey {
  const found = addressKey(written)
  if (found === null) throw new Error(`no address: ${written}`)
  return found
}

const crm = [key('crm@leadpost.example'), key('crm@localhost'), key('lead+eu@leadpost.example')]

describe('a CRM address is recognised with and without a sub-address', () => {
  test.each([
    ['crm@leadpost.example', 'crm@leadpost.example', null],
    ['<crm@leadpost.example>', 'crm@leadpost.example', null],
    [' CRM@Leadpost.EXAMPLE. ', 'crm@leadpost.example', null],
    ['crm@localhost', 'crm@localhost', null],
    ['crm+11111@leadpost.example', 'crm@leadpost.example', '11111'],
    ['<CRM+11111@LEADPOST.example>', 'crm@leadpost.example', '11111'],
    ['crm+1024-2@leadpost.example', 'crm@leadpost.example', '1024-2'],
    ['crm+Private@leadpost.example', 'crm@leadpost.example', 'Private'],
    ['crm+a+b@leadpost.example', 'crm@leadpost.example', 'a+b'],
    ['crm+@leadpost.example', 'crm@leadpost.example', null],
    ['lead+eu@leadpost.example', 'lead+eu@leadpost.example', null],
    ['lead+eu+11111@leadpost.example', 'lead+eu@leadpost.example', '11111'],
  ])('%s', (path, address, tag) => {
    expect(readCrmAddress(path, crm)).toEqual({ address, tag })
  })
})

describe('everything else is none of ours', () => {
  test.each([
    '',
    '<>',
    'crm',
    '@leadpost.example',
    '+11111@leadpost.example',
    'xcrm@leadpost.example',
    'crm-11111@leadpost.example',
    'lead@leadpost.example',
    'crm@other.example',
    'crm@sub.leadpost.example',
    'crm@leadpost.example@other.example',
    '@relay.example:crm@leadpost.example',
    '"crm"@leadpost.example',
    'crm@leadpost.example, eva@acme.example',
    `crm+${'1'.repeat(300)}@leadpost.example`,
  ])('%s', (path) => {
    expect(readCrmAddress(path, crm)).toBeNull()
  })
})

describe('what a sub-address names', () => {
  test.each([
    ['11111', { leadNumber: '11111' }],
    ['0815', { leadNumber: '0815' }],
    ['1024-2', { quoteNumber: '1024-2' }],
    ['private', null],
    ['nolog', null],
    ['#11111', null],
    ['11111a', null],
    [' 11111', null],
    ['11111+22222', null],
    ['１１１１１', null],
    ['1024-02', null],
    ['', null],
    [null, null],
  ])('%s', (tag, number) => {
    expect(subaddressNumber(tag)).toEqual(number)
  })
})

test('any number as sub-address of any CRM address comes back as that number', () => {
  fc.assert(
    fc.property(fc.constantFrom(...crm), fc.stringMatching(/^[0-9]{1,20}$/), (address, number) => {
      const [local, domain] = address.split('@')
      const found = readCrmAddress(`${local}+${number}@${domain}`, crm)
      expect(found).toEqual({ address, tag: number })
      expect(subaddressNumber(found?.tag ?? null)).toEqual({ leadNumber: number })
    }),
  )
})

test('no path makes it throw, and what is found is one of ours', () => {
  const domain = fc.constantFrom('', '@leadpost.example', '@other.example')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), domain, (local, domain) => {
      const found = readCrmAddress(local + domain, crm)
      expect(found === null || (crm.includes(found.address) && domain === '@leadpost.example')).toBe(true)
    }),
  )
})

import { expect, test } from 'vitest'
import { addressKey, type AddressKey } from '../../src/mail/address.ts'
import { readHeaderLines } from '../../src/mail/header.ts'
import { envelopeOfFile } from '../../src/verbs/envelope-of-file.ts'

const crm = [addressKey('crm@localhost'), addressKey('sales@xyz.example')] as [AddressKey, AddressKey]

function envelope(header: string, choice: { mailFrom?: string; rcptTo?: string[] } = {}) {
  const { lines } = readHeaderLines(Buffer.from(header.replaceAll('\n', '\r\n')))
  return envelopeOfFile(lines, { mailFrom: choice.mailFrom ?? null, rcptTo: choice.rcptTo ?? [] }, crm)
}

test.each([
  ['nothing tells anything', 'Subject: x\n', null, ['crm@localhost']],
  [
    'a Return-Path and a Delivered-To',
    'Return-Path: <anna@xyz.example>\nDelivered-To: CRM+11111@localhost\n',
    'anna@xyz.example',
    ['CRM+11111@localhost'],
  ],
  ['the null sender', 'Return-Path: <>\n', '', ['crm@localhost']],
  ['the topmost Return-Path', 'Return-Path: <a@x.example>\nReturn-Path: <b@x.example>\n', 'a@x.example', ['crm@localhost']],
  ['a Return-Path that is none', 'Return-Path: <two words>\n', null, ['crm@localhost']],
  ['delivery fields before To', 'X-Original-To: sales@xyz.example\nTo: crm@localhost\n', null, ['sales@xyz.example']],
  ['a delivery field of another mailbox', 'Delivered-To: anna@xyz.example\nCc: Das CRM <crm+7@localhost>\n', null, ['crm+7@localhost']],
  [
    'several, each once',
    'Delivered-To: crm@localhost\nEnvelope-To: crm@localhost, sales@xyz.example\n',
    null,
    ['crm@localhost', 'sales@xyz.example'],
  ],
])('a mail file in which %s', (_what, header, reversePath, forwardPaths) => {
  expect(envelope(header)).toEqual({ reversePath, forwardPaths })
})

test('what the caller chose wins', () => {
  expect(envelope('Return-Path: <a@x.example>\nDelivered-To: crm@localhost\n', { mailFrom: '', rcptTo: ['sales@xyz.example'] })).toEqual({
    reversePath: '',
    forwardPaths: ['sales@xyz.example'],
  })
})

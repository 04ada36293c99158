import { expect, test } from 'vitest'
import { readConfig, type EnvironmentText } from '../../src/config.ts'
import { checkTrust } from '../../src/verbs/check-surroundings.ts'

function told(environment: EnvironmentText): string {
  const { state, words } = checkTrust(readConfig(environment))
  return `${state}: ${words}`
}

test('whom the program trusts is told in words', () => {
  expect(told({})).toBe('works: whoever submits from 127.0.0.0/8, ::1 is believed')
  expect(told({ TRUSTED_NETWORKS: 'none' })).toContain('works: no network is trusted')
  expect(told({ LMTP_LISTEN: '127.0.0.1:2424', TRUSTED_AUTHSERV_IDS: 'mail.xyz.example' })).toContain(
    'what LMTP or RELAY_NETWORKS hand over is believed as the Authentication-Results of mail.xyz.example say',
  )
})

test('trust in everybody, and a mail server whose word does not count, are warned of', () => {
  for (const name of ['TRUSTED_NETWORKS', 'RELAY_NETWORKS', 'PROXY_NETWORKS'])
    expect(told({ [name]: '10.0.0.1,0.0.0.0/0' })).toBe(`warning: ${name} holds 0.0.0.0/0`)
  for (const environment of [{ LMTP_LISTEN: 'unix:/run/leadpost/lmtp' }, { RELAY_NETWORKS: '192.0.2.7' }])
    expect(told(environment)).toContain('warning: mail that LMTP or RELAY_NETWORKS hand over is believed by a DKIM signature')
})

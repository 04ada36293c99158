import { expect, test } from 'vitest'
import { passwordCharactersMin as apiMin } from '../../src/api/shapes-session.ts'
import { passwordCharactersMin, strengthOf } from '../../src/web/account/password-strength.ts'
import { readUserAgent } from '../../src/web/account/user-agent.ts'

const about = ['Anna Arndt', 'anna.arndt@xyz.example', 'XYZ GmbH']

test.each([
  ['', 'empty'],
  ['Kurz7!', 'short'],
  ['Passwort123!', 'common'],
  ['Willkommen2026', 'common'],
  ['AnnaArndt1999', 'personal'],
  ['xyz-gmbh-2026!!', 'personal'],
  ['qwertyuiop12345', 'simple'],
  ['aaaaaaaaaaaaaa', 'simple'],
  ['abcdefghijklmnop', 'simple'],
  ['Tisch+Wolke7', 'fair'],
  ['a horse reads quietly', 'strong'],
  ['סוס קורא בשקט בערב', 'strong'],
])('"%s" is %s', (password, strength) => {
  expect(strengthOf(password, about)).toBe(strength)
})

test('the page asks for as many characters as the server', () => {
  expect(passwordCharactersMin).toBe(apiMin)
})

test.each([
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
    { browser: 'Edge', system: 'Windows' },
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
    { browser: 'Safari', system: 'iPhone' },
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', { browser: 'Firefox', system: 'Linux' }],
  ['curl/8.5.0', null],
  [null, null],
])('a browser is called what people call it', (text, expected) => {
  expect(readUserAgent(text)).toEqual(expected)
})

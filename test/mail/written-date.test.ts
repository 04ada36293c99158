/** Dates as clients write them into a body. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readWrittenDate } from '../../src/mail/written-date.ts'

describe('readWrittenDate', () => {
  test.each([
    ['Wed, Oct 27, 2021 at 9:31 AM', '2021-10-27T09:31'],
    ['Wednesday, October 27, 2021 3:14 PM', '2021-10-27T15:14'],
    ['Wednesday, 27 October 2021 12:05 AM', '2021-10-27T00:05'],
    ['27.10.2021 09:31', '2021-10-27T09:31'],
    ['28/10/2021 12:46', '2021-10-28T12:46'],
    ['10/28/2021 12:46 PM', '2021-10-28T12:46'],
    ['02/10/2021 4:52 PM', '2021-02-10T16:52'],
    ['2021-10-27 09:31', '2021-10-27T09:31'],
    ['Mi., 27. Okt. 2021 um 09:31 Uhr', '2021-10-27T09:31'],
    ['Dienstag, 2. März 2021 08:00', '2021-03-02T08:00'],
    ['śr., 27 paź 2021 o 09:31', '2021-10-27T09:31'],
    ['den 27 maj 2021 15:14', '2021-05-27T15:14'],
    ['יום רביעי 27 אוקטובר 2021 15:14', '2021-10-27T15:14'],
    ['mar. 27 oct. 2021 à 09:31', '2021-10-27T09:31'],
    ['mardi 2 août 2022 à 09:06', '2022-08-02T09:06'],
    ['martes, 26 de octubre de 2021 14:25', '2021-10-26T14:25'],
    ['gio 8 ottobre 2015 alle ore 15:26', '2015-10-08T15:26'],
    ['dinsdag 2 maart 2021 15:14', '2021-03-02T15:14'],
    ['quarta-feira, 27 de outubro de 2021 15:14', '2021-10-27T15:14'],
    ['ons. 27. okt. 2021 kl. 09.31', '2021-10-27T09:31'],
    ['st 27. 10. 2021 v 9:31', '2021-10-27T09:31'],
    ['27 lis 2021 o 09:31', '2021-11-27T09:31'],
    ['sri, 27. lis 2021. u 09:31', '2021-10-27T09:31'],
    ['ke 27. lokak. 2021 klo 9.31', '2021-10-27T09:31'],
    ['2021. október 27., szerda 15:14', '2021-10-27T15:14'],
    ['ср, 27 окт. 2021 г. в 09:31', '2021-10-27T09:31'],
    ['27 Eki 2021 Çar, 09:31', '2021-10-27T09:31'],
    ['2021年10月27日 下午8:45', '2021-10-27T20:45'],
    ['٢٧ أكتوبر ٢٠٢١ 15:14', '2021-10-27T15:14'],
    ['27 October 2021', '2021-10-27T12:00'],
  ])('%s', (written, expected) => {
    expect(readWrittenDate(written)).toEqual({ date: new Date(`${expected}:00Z`), zoned: false })
  })

  test.each([
    ['Wed, 3 Nov 2021 15:51:30 +0100', '2021-11-03T14:51:30Z'],
    ['26. Oktober 2021 um 14:25:08 MESZ', '2021-10-26T12:25:08Z'],
    ['25 October 2021 at 11:17:21 EEST', '2021-10-25T08:17:21Z'],
    ['17 août 2022 à 09:06:24 UTC+2', '2022-08-17T07:06:24Z'],
    ['26. října 2021 14:25:08 GMT+3', '2021-10-26T11:25:08Z'],
    ['Tuesday, November 2, 2021, 09:26:50 AM GMT+1', '2021-11-02T08:26:50Z'],
  ])('%s names its zone', (written, expected) => {
    expect(readWrittenDate(written, 720)).toEqual({ date: new Date(expected), zoned: true })
  })

  test('a date without a zone is in the asker’s', () => {
    expect(readWrittenDate('27.10.2021 09:31', 120)?.date.toISOString()).toBe('2021-10-27T07:31:00.000Z')
  })

  test.each(['', 'yesterday', '31.02.2021 10:00', '27.13.2021', '1.1.3609', 'Oct 2021', '12:30', '99/99/2021'])(
    '%j is no date',
    (written) => {
      expect(readWrittenDate(written)).toBeNull()
    },
  )

  test('nothing throws, whatever is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (written) => void readWrittenDate(written)),
      { numRuns: 2_000 },
    )
  })
})

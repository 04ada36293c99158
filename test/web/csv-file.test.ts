import { expect, test } from 'vitest'
import { decodeCsv, type Encoding, guessEncoding } from '../../src/web/admin/csv-file.ts'

const text = 'Nummer;Thema\r\n70001;Förderband\r\n'

function read(bytes: Uint8Array, language = 'de'): { readonly encoding: Encoding; readonly text: string | null } {
  const encoding = guessEncoding(bytes, language)
  return { encoding, text: decodeCsv(bytes, encoding) }
}

test('UTF-8, with and without its mark', () => {
  expect(read(Buffer.from(text))).toEqual({ encoding: 'utf-8', text })
  expect(read(Buffer.from(`\ufeff${text}`))).toEqual({ encoding: 'utf-8', text })
})

test('UTF-16 in both orders, with and without its mark', () => {
  const little = Buffer.from(text, 'utf16le')
  expect(read(little)).toEqual({ encoding: 'utf-16le', text })
  expect(read(Buffer.concat([Buffer.from([0xff, 0xfe]), little]))).toEqual({ encoding: 'utf-16le', text })
  const big = Buffer.from(little).swap16()
  expect(read(big)).toEqual({ encoding: 'utf-16be', text })
  expect(read(Buffer.concat([Buffer.from([0xfe, 0xff]), big]))).toEqual({ encoding: 'utf-16be', text })
})

test('what is no Unicode is what older spreadsheets write where the language is spoken', () => {
  expect(read(Buffer.from(text, 'latin1'))).toEqual({ encoding: 'windows-1252', text })
  expect(read(Buffer.from([0xb3, 0xf3, 0x64, 0x9f]), 'pl')).toEqual({ encoding: 'windows-1250', text: 'łódź' })
  expect(read(Buffer.from([0xf9, 0xec, 0xe5, 0xed]), 'he')).toEqual({ encoding: 'windows-1255', text: 'שלום' })
})

test('a workbook or a picture is no text', () => {
  expect(read(Buffer.from([0x50, 0x4b, 3, 4, 20, 0, 6, 0])).text).toBeNull()
  expect(read(Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13])).text).toBeNull()
})

test('an empty file is empty', () => {
  expect(read(new Uint8Array())).toEqual({ encoding: 'utf-8', text: '' })
})

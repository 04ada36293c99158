/** What a subject's first prefix says. */
import { describe, expect, test } from 'vitest'
import { subjectPrefix } from '../../src/mail/subject-prefix.ts'

describe('subjectPrefix', () => {
  test.each([
    'Fwd: x',
    'FW: x',
    'Fw : x',
    'WG: x',
    'PD: x',
    'VB: x',
    'הועבר: x',
    'TR : x',
    'RV: x',
    'I: x',
    'Doorst: x',
    'ENC: x',
    'Videresend: x',
    'VL: x',
    'İLT: x',
    '转发：x',
    '転送: x',
    'FWD: Re: x',
    '[EXTERNAL] FW: x',
    'XYZ Lead 11111 Fwd: x',
  ])('%s is forwarded', (subject) => expect(subjectPrefix(subject)).toBe('forward'))
  test.each([
    'Re: x',
    'RE : x',
    'Re[2]: x',
    'AW: x',
    'Antw: x',
    'Odp: x',
    'SV: x',
    'תשובה: x',
    'RÉP : x',
    'R: x',
    'Res: x',
    'Vá: x',
    'Ответ: x',
    '回复：x',
    '返信: x',
    'Re: Fwd: x',
    'XYZ Lead 11111 Re: x',
  ])('%s is an answer', (subject) => expect(subjectPrefix(subject)).toBe('reply'))
  test.each(['', 'XYZ Lead 11111', 'Forward: march', 'Reply needed', 'Transfer: done', 'Is: it', 'VS: x', 'Regards: x', 'Lead: 11111'])(
    '%j says nothing',
    (subject) => expect(subjectPrefix(subject)).toBeNull(),
  )
})

import { describe, expect, test } from 'vitest'
import { confirmReasons, evidenceCodes, ignoreReasons } from '../../src/matching/decision.ts'
import { explainEvidence, explainReason } from '../../src/matching/explain.ts'

describe('every code has its words', () => {
  test.each(evidenceCodes.flatMap((code) => [true, false].map((isFor) => ({ code, isFor }))))('$code, for: $isFor', ({ code, isFor }) => {
    const words = explainEvidence({ code, detail: '11111', for: isFor })
    expect(words).toMatch(/^\S.*\.$/)
    expect(words).not.toMatch(/undefined|null|!|\b[a-z]+[A-Z]/)
  })

  test.each([...confirmReasons, ...ignoreReasons])('%s', (reason) => {
    expect(explainReason(reason)).toMatch(/^[A-Z].*\.$/)
    expect(explainReason(reason)).not.toMatch(/undefined|!|\b[a-z]+[A-Z]/)
  })

  test('no two reasons say the same', () => {
    const words = [...confirmReasons, ...ignoreReasons].map(explainReason)
    expect(new Set(words).size).toBe(words.length)
  })
})

describe('the detail is told in words', () => {
  test.each([
    [{ code: 'leadNumberInSubject', detail: '11111', for: true }, /lead number 11111/],
    [{ code: 'nearMissNumber', detail: '11111', for: true }, /11111.*between spaces/],
    [{ code: 'recipientsOfOtherCompany', detail: 'greta@globex.example', for: false }, /greta@globex\.example is known, but not/],
    [{ code: 'automaticMail', detail: 'automaticReply', for: false }, /out-of-office/],
    [{ code: 'automaticMail', detail: 'ownLoop', for: false }, /sent it itself/],
    [{ code: 'automaticMail', detail: 'constructor', for: false }, /No person wrote it/],
    [{ code: 'senderNotAuthenticated', detail: 'rejectedByPolicy', for: false }, /DMARC/],
    [{ code: 'severalAuthors', detail: 'none', for: false }, /names no author/],
    [{ code: 'senderOutside', detail: '', for: false }, /outside your company\.$/],
    [{ code: 'internalMail', detail: 'numbered', for: true }, /filed/],
    [{ code: 'internalMail', detail: 'numbered', for: false }, /leaves such mail out/],
  ] as const)('%j', (evidence, words) => {
    expect(explainEvidence(evidence)).toMatch(words)
  })
})

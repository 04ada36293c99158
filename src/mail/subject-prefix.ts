/** What a subject's first prefix says the mail is: a reply ("Re:", "AW:", "Odp:") or a forward ("Fwd:", "WG:", "PD:"), in the languages of the clients. */
import { withoutFormat } from './clean-text.ts'

export type SubjectPrefix = 'reply' | 'forward'

const subjectCharactersMax = 2_000

/** `vs` is a forward in Danish and Norwegian and a reply in Finnish; it stands in neither list. */
const forwards =
  'fw|fwd|wg|weitergeleitet|pd|przekazana|vb|vidarebefordrat|הועבר|הועברה|tr|trans|transf|rv|reenv|enc|enviado|rd|i|inoltra|doorst|doorgestuurd|fs|vl|välitetty|videresend|videresendt|' +
  'fwd\\. ?msg|továbbítás|tovább|redir|redirecționat|ilt|i̇lt|İLT|İlt|iletilen|yönlendirme|προωθ|πρθ|пересл|пересылка|перенаправлено|препр|prosl|proslijeđeno|preposl|předáno|persiun|pārs|edast|' +
  '转发|轉寄|轉發|转寄|転送|전달|إعادة توجيه|محول|chuyển tiếp|trs|diteruskan|áfram|reenviado|przesł|przekaz'
const replies =
  're|aw|antw|antwort|odp|odpowiedź|sv|svar|תשובה|השב|תגובה|מענה|rép|réf|rif|r|res|resp|respuesta|atb|att|bls|odg|odpověď|odp|vá|válasz|rspt|ynt|yanıt|απ|σχετ|απάντηση|ответ|отв|на|відп|' +
  'відповідь|回复|回覆|答复|答覆|返信|답장|회신|رد|trả lời|antwoord|vastaus|ats|vs\\. re'

const first = new RegExp(`^(?:(${forwards})|(${replies}))\\s?(?:\\[\\d{1,3}\\]|\\(\\d{1,3}\\)|\\*\\d{1,3})?\\s?\\.?\\s?[:：]`, 'iu')
/** Further inside (after a lead number that the salesperson put first) only words that are nothing else count. */
const inside = new RegExp(
  `\\s(?:(fwd?|wg|enc|rv|tr|vb|pd|doorst|转发|轉寄|転送|הועבר)|(re|aw|antw|odp|sv|res|rép))\\s?(?:\\[\\d{1,3}\\])?\\s?[:：]`,
  'iu',
)

/** The first prefix of a decoded subject, or null where there is none. A tag in brackets before it (`[EXTERNAL]`) is passed over. */
export function subjectPrefix(subject: string): SubjectPrefix | null {
  const bare = withoutFormat(subject.slice(0, subjectCharactersMax)).replace(/^(?:\s*\[[^\]]{0,60}\])*\s*/u, '')
  const found = first.exec(bare) ?? inside.exec(bare)
  if (found === null) return null
  return found[1] === undefined ? 'reply' : 'forward'
}

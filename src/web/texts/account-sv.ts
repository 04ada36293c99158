/** Signing in, and one's own account, in Swedish. */
import type * as english from './account-en.ts'
import type { Texts } from './texts-type.ts'

export const signIn: Texts<typeof english.signIn> = {
  title: 'Logga in',
  lead: 'Varje mejl i rätt leads historik.',
  email: 'E-postadress',
  emailWrong: 'Skriv hela din adress, till exempel anna@example.com.',
  next: 'Fortsätt',
  password: 'Lösenord',
  submit: 'Logga in',
  otherAddress: 'Använd en annan adress',
  wrong: 'Adress och lösenord hör inte ihop. Kontrollera båda eller välj ett nytt lösenord.',
  forgotten: 'Glömt lösenordet?',
  forgottenAsk: 'Glömt lösenordet? Be din administratör om en länk.',
  oidc: 'Logga in med företagskontot',
  or: 'eller',
  ended: 'Du har loggats ut. Logga in igen för att fortsätta där du var.',
  signedOut: 'Du är utloggad.',
  show: 'Visa lösenordet',
  hide: 'Dölj lösenordet',
  problem: {
    oidcUnreachable: 'Företagets inloggning svarar inte. Försök igen om en stund eller använd ditt lösenord.',
    oidcExpired: 'Det tog för lång tid. Börja om.',
    oidcRefused: 'Företagets inloggning sade nej. Fråga din administratör.',
    oidcUnverified: 'Företagets inloggning har inte bekräftat din adress. Fråga din administratör.',
    oidcUnknown: 'Ingen med det kontot är registrerad här. Be din administratör om en inbjudan.',
    oidcInvalid:
      'Det gick inte att lita på svaret från företagets inloggning. Försök igen; om det inte hjälper, säg till din administratör.',
  },
}

export const forgotten: Texts<typeof english.forgotten> = {
  title: 'Välj ett nytt lösenord',
  words: 'Skriv din adress. Om den är registrerad kommer ett mejl med en länk där du väljer ett nytt lösenord.',
  submit: 'Skicka länken',
  sent: 'Titta i din e-post',
  sentWords: 'Om {{email}} är registrerad här är en länk på väg. Kommer inget? Titta i skräpposten eller be din administratör om en länk.',
  askAdmin: 'Be din administratör',
  askAdminWords: 'Den här installationen skickar inga mejl. Din administratör kan ge dig en länk som du sätter ett nytt lösenord med.',
  back: 'Tillbaka till inloggningen',
}

export const link: Texts<typeof english.link> = {
  invitation: 'Välkommen till Leadpost',
  invitationWords: '{{tenant}} bjuder in dig. Välj ett lösenord så är du inne.',
  invitationWordsNoTenant: 'Du är inbjuden. Välj ett lösenord så är du inne.',
  passwordReset: 'Välj ett nytt lösenord',
  passwordResetWords: 'För {{email}}. Du loggas in direkt och loggas ut överallt annars.',
  firstOperator: 'Den första driftansvariga',
  firstOperatorWords:
    'Du sätter upp den här installationen. Berätta vem du är och välj ett lösenord; skapa sedan det första kundföretaget.',
  name: 'Ditt namn',
  email: 'Din e-postadress',
  password: 'Nytt lösenord',
  submit: 'Spara lösenordet och fortsätt',
  gone: 'Länken fungerar inte längre',
  goneWords: 'Den har använts, ersatts av en nyare eller är för gammal. Be om en ny.',
  goneAsk: 'Be om en ny länk',
  until: 'Länken fungerar till {{date}}.',
}

export const password: Texts<typeof english.password> = {
  empty: 'Minst {{min}} tecken. Flera ord utan samband är lätta att minnas och svåra att gissa.',
  short_one: '{{count}} tecken till',
  short_other: '{{count}} tecken till',
  common: 'Lätt att gissa: det hör till orden som alla provar först.',
  personal: 'Lätt att gissa: det innehåller ditt namn eller din adress.',
  simple: 'Lätt att gissa: det upprepar sig eller följer tangentbordet.',
  fair: 'Bra. Ett ord till gör det starkt.',
  strong: 'Starkt.',
  strength: 'Lösenordets styrka',
}

export const account: Texts<typeof english.account> = {
  title: 'Konto',
  you: 'Du',
  roleAt: '{{role}} på {{tenant}}',
  display: 'Språk och utseende',
  language: 'Språk',
  languageSystem: 'Som webbläsaren',
  timeZone: 'Tidszon',
  timeZoneSystem: 'Som webbläsaren ({{zone}})',
  theme: 'Utseende',
  density: 'Rader',
  densityCompact: 'Tätt',
  densityComfortable: 'Luftigt',
  password: 'Lösenord',
  passwordCurrent: 'Nuvarande lösenord',
  passwordNext: 'Nytt lösenord',
  passwordChange: 'Byt lösenord',
  passwordChanged: 'Ditt lösenord är bytt. Du har loggats ut överallt annars.',
  sessions: 'Var du är inloggad',
  thisOne: 'här, nu',
  sessionSeen: 'senast {{when}}',
  sessionEnd: 'Logga ut där',
  sessionEnded: 'Utloggad där.',
  unknownDevice: 'Okänd enhet',
  device: '{{browser}} på {{system}}',
  crmAddress: 'Din CRM-adress',
  crmAddressWords: 'Sätt den i BCC eller CC och skriv leadets nummer i ämnesraden, mellan mellanslag.',
  crmAddressCard: 'Lägg till i dina kontakter',
}

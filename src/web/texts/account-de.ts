/** Signing in, and one's own account, in German. */
import type * as english from './account-en.ts'
import type { Texts } from './texts-type.ts'

export const signIn: Texts<typeof english.signIn> = {
  title: 'Anmelden',
  lead: 'Jede Mail in der Historie des richtigen Leads.',
  email: 'E-Mail-Adresse',
  emailWrong: 'Schreib deine ganze Adresse, etwa anna@example.com.',
  next: 'Weiter',
  password: 'Passwort',
  submit: 'Anmelden',
  otherAddress: 'Andere Adresse',
  wrong: 'Adresse und Passwort passen nicht zusammen. Prüfe beides, oder setze ein neues Passwort.',
  forgotten: 'Passwort vergessen?',
  forgottenAsk: 'Passwort vergessen? Bitte deinen Administrator um einen Link.',
  oidc: 'Mit dem Firmenkonto anmelden',
  or: 'oder',
  ended: 'Du wurdest abgemeldet. Melde dich wieder an, dann geht es dort weiter, wo du warst.',
  signedOut: 'Du bist abgemeldet.',
  show: 'Passwort zeigen',
  hide: 'Passwort verbergen',
  problem: {
    oidcUnreachable: 'Die Anmeldung deiner Firma antwortet nicht. Versuche es gleich noch einmal, oder nimm dein Passwort.',
    oidcExpired: 'Das hat zu lange gedauert. Bitte beginne noch einmal.',
    oidcRefused: 'Die Anmeldung deiner Firma hat abgelehnt. Frag deinen Administrator.',
    oidcUnverified: 'Die Anmeldung deiner Firma hat deine Adresse nicht bestätigt. Frag deinen Administrator.',
    oidcUnknown: 'Mit diesem Konto ist hier niemand bekannt. Bitte deinen Administrator um eine Einladung.',
    oidcInvalid:
      'Der Antwort der Firmenanmeldung war nicht zu trauen. Versuche es noch einmal; bleibt es dabei, sag deinem Administrator Bescheid.',
  },
}

export const forgotten: Texts<typeof english.forgotten> = {
  title: 'Neues Passwort setzen',
  words: 'Schreib deine Adresse. Ist sie hier bekannt, kommt per Mail ein Link, mit dem du ein neues Passwort setzt.',
  submit: 'Link schicken',
  sent: 'Sieh in deine Mails',
  sentWords:
    'Ist {{email}} hier bekannt, ist ein Link unterwegs. Kommt nichts? Sieh im Spam-Ordner nach, oder bitte deinen Administrator um einen Link.',
  askAdmin: 'Bitte deinen Administrator',
  askAdminWords:
    'Diese Installation verschickt keine Mails. Dein Administrator kann dir einen Link geben, mit dem du ein neues Passwort setzt.',
  back: 'Zur Anmeldung',
}

export const link: Texts<typeof english.link> = {
  invitation: 'Willkommen bei Leadpost',
  invitationWords: '{{tenant}} lädt dich ein. Wähle ein Passwort, und du bist drin.',
  invitationWordsNoTenant: 'Du bist eingeladen. Wähle ein Passwort, und du bist drin.',
  passwordReset: 'Neues Passwort setzen',
  passwordResetWords: 'Für {{email}}. Du wirst damit gleich angemeldet und überall sonst abgemeldet.',
  firstOperator: 'Der erste Betreiber',
  firstOperatorWords: 'Du richtest diese Installation ein. Sag, wer du bist, und wähle ein Passwort; dann lege den ersten Mandanten an.',
  name: 'Dein Name',
  email: 'Deine E-Mail-Adresse',
  password: 'Neues Passwort',
  submit: 'Passwort setzen und weiter',
  gone: 'Dieser Link gilt nicht mehr',
  goneWords: 'Er wurde benutzt, durch einen neueren ersetzt oder ist zu alt. Lass dir einen neuen schicken.',
  goneAsk: 'Neuen Link anfordern',
  until: 'Der Link gilt bis {{date}}.',
}

export const password: Texts<typeof english.password> = {
  empty: 'Mindestens {{min}} Zeichen. Mehrere Wörter ohne Zusammenhang sind leicht zu merken und schwer zu erraten.',
  short_one: 'noch {{count}} Zeichen',
  short_other: 'noch {{count}} Zeichen',
  common: 'Leicht zu erraten: Es gehört zu den Wörtern, die jeder zuerst versucht.',
  personal: 'Leicht zu erraten: Es enthält deinen Namen oder deine Adresse.',
  simple: 'Leicht zu erraten: Es wiederholt sich oder folgt der Tastatur.',
  fair: 'Gut. Ein Wort mehr macht es stark.',
  strong: 'Stark.',
  strength: 'Stärke des Passworts',
}

export const account: Texts<typeof english.account> = {
  title: 'Konto',
  you: 'Du',
  roleAt: '{{role}} bei {{tenant}}',
  display: 'Sprache und Darstellung',
  language: 'Sprache',
  languageSystem: 'Wie der Browser',
  timeZone: 'Zeitzone',
  timeZoneSystem: 'Wie der Browser ({{zone}})',
  theme: 'Darstellung',
  density: 'Zeilen',
  densityCompact: 'Dicht',
  densityComfortable: 'Luftig',
  password: 'Passwort',
  passwordCurrent: 'Jetziges Passwort',
  passwordNext: 'Neues Passwort',
  passwordChange: 'Passwort ändern',
  passwordChanged: 'Dein Passwort ist geändert. Überall sonst bist du abgemeldet.',
  sessions: 'Wo du angemeldet bist',
  thisOne: 'hier, jetzt',
  sessionSeen: 'zuletzt {{when}}',
  sessionEnd: 'Dort abmelden',
  sessionEnded: 'Dort abgemeldet.',
  unknownDevice: 'Unbekanntes Gerät',
  device: '{{browser}} auf {{system}}',
  crmAddress: 'Deine CRM-Adresse',
  crmAddressWords: 'Setz sie in BCC oder CC und schreib die Leadnummer in den Betreff, zwischen Leerzeichen.',
  crmAddressCard: 'Zu deinen Kontakten hinzufügen',
}

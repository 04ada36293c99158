/** The words of the mails that carry a one-time link, in the languages of our users. */

export const mailLanguages = ['en', 'de', 'pl', 'sv', 'he'] as const
export type MailLanguage = (typeof mailLanguages)[number]

export interface LinkWords {
  /** Of whoever gets it. */
  readonly name: string
  /** Null for operators. */
  readonly company: string | null
  /** Who invites; an address. */
  readonly by: string
  readonly link: string
  /** Already in the reader's language. */
  readonly until: string
}

interface LinkText {
  readonly invitation: (words: LinkWords) => { readonly subject: string; readonly lines: readonly string[] }
  readonly passwordReset: (words: LinkWords) => { readonly subject: string; readonly lines: readonly string[] }
}

/** Each line is a paragraph. */
export const linkTexts: Readonly<Record<MailLanguage, LinkText>> = {
  en: {
    invitation: ({ name, company, by, link, until }) => ({
      subject: company === null ? 'Your account as operator of Leadpost' : `Your account at Leadpost for ${company}`,
      lines: [
        `Hello ${name},`,
        `${by} invites you to Leadpost${company === null ? '' : `, the contact history of ${company}`}. Choose a password here, and you are signed in:`,
        link,
        `The link works once, until ${until}. If you expected no invitation, do nothing: without the link there is no account.`,
      ],
    }),
    passwordReset: ({ name, link, until }) => ({
      subject: 'A new password for Leadpost',
      lines: [
        `Hello ${name},`,
        'With this link you set a new password:',
        link,
        `It works once, until ${until}. If you did not ask for it, do nothing: your password stays as it is.`,
      ],
    }),
  },
  de: {
    invitation: ({ name, company, by, link, until }) => ({
      subject: company === null ? 'Ihr Zugang als Betreiber von Leadpost' : `Ihr Zugang zu Leadpost für ${company}`,
      lines: [
        `Guten Tag ${name},`,
        `${by} lädt Sie zu Leadpost ein${company === null ? '' : `, der Kontakthistorie von ${company}`}. Wählen Sie hier ein Passwort, dann sind Sie angemeldet:`,
        link,
        `Der Link gilt einmal, bis ${until}. Wenn Sie keine Einladung erwarten, tun Sie nichts: ohne den Link entsteht kein Zugang.`,
      ],
    }),
    passwordReset: ({ name, link, until }) => ({
      subject: 'Ein neues Passwort für Leadpost',
      lines: [
        `Guten Tag ${name},`,
        'mit diesem Link setzen Sie ein neues Passwort:',
        link,
        `Er gilt einmal, bis ${until}. Wenn Sie ihn nicht angefordert haben, tun Sie nichts: Ihr Passwort bleibt, wie es ist.`,
      ],
    }),
  },
  pl: {
    invitation: ({ name, company, by, link, until }) => ({
      subject: company === null ? 'Twoje konto operatora Leadpost' : `Twoje konto w Leadpost dla ${company}`,
      lines: [
        `Dzień dobry ${name},`,
        `${by} zaprasza Cię do Leadpost${company === null ? '' : `, historii kontaktów firmy ${company}`}. Wybierz tutaj hasło, a zalogujesz się:`,
        link,
        `Link działa jeden raz, do ${until}. Jeśli nie spodziewasz się zaproszenia, nie rób nic: bez linku konto nie powstanie.`,
      ],
    }),
    passwordReset: ({ name, link, until }) => ({
      subject: 'Nowe hasło do Leadpost',
      lines: [
        `Dzień dobry ${name},`,
        'za pomocą tego linku ustawisz nowe hasło:',
        link,
        `Działa jeden raz, do ${until}. Jeśli prośba nie pochodzi od Ciebie, nie rób nic: hasło pozostanie bez zmian.`,
      ],
    }),
  },
  sv: {
    invitation: ({ name, company, by, link, until }) => ({
      subject: company === null ? 'Ditt konto som operatör av Leadpost' : `Ditt konto i Leadpost för ${company}`,
      lines: [
        `Hej ${name},`,
        `${by} bjuder in dig till Leadpost${company === null ? '' : `, kontakthistoriken för ${company}`}. Välj ett lösenord här, så är du inloggad:`,
        link,
        `Länken fungerar en gång, till ${until}. Om du inte väntar dig någon inbjudan behöver du inte göra något: utan länken skapas inget konto.`,
      ],
    }),
    passwordReset: ({ name, link, until }) => ({
      subject: 'Ett nytt lösenord för Leadpost',
      lines: [
        `Hej ${name},`,
        'med den här länken väljer du ett nytt lösenord:',
        link,
        `Den fungerar en gång, till ${until}. Om du inte har bett om den behöver du inte göra något: ditt lösenord förblir som det är.`,
      ],
    }),
  },
  he: {
    invitation: ({ name, company, by, link, until }) => ({
      subject: company === null ? 'החשבון שלך כמפעיל של Leadpost' : `החשבון שלך ב-Leadpost עבור ${company}`,
      lines: [
        `שלום ${name},`,
        `הוזמנת על ידי ${by} אל Leadpost${company === null ? '' : `, היסטוריית הקשרים של ${company}`}. יש לבחור כאן סיסמה כדי להתחבר:`,
        link,
        `הקישור פועל פעם אחת, עד ${until}. אם לא ציפית להזמנה, אין צורך לעשות דבר: בלי הקישור לא נוצר חשבון.`,
      ],
    }),
    passwordReset: ({ name, link, until }) => ({
      subject: 'סיסמה חדשה ל-Leadpost',
      lines: [
        `שלום ${name},`,
        'בעזרת הקישור הזה אפשר לקבוע סיסמה חדשה:',
        link,
        `הוא פועל פעם אחת, עד ${until}. אם לא ביקשת אותו, אין צורך לעשות דבר: הסיסמה נשארת כפי שהיא.`,
      ],
    }),
  },
}

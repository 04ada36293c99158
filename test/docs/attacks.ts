/** What a spoofer may try, what happens, and which story or test holds it. The README's table is made of this. */

export interface Attack {
  readonly trick: string
  readonly becomes: string
  /** Stories of `fixtures/messages`, or the title of a test with its file. */
  readonly heldBy: readonly (string | { readonly file: string; readonly test: string })[]
}

export const attacks: readonly Attack[] = [
  {
    trick: 'Writes in a salesperson’s name, with a lead number that he knows',
    becomes: 'A person decides: nothing vouches for the author. Refused with `550 5.7.26` where the tenant’s policy says so.',
    heldBy: ['stolen-number', 'unauthenticated-sender', 'unauthenticated-refused-by-policy'],
  },
  {
    trick: 'Passes SPF or DKIM, for his own domain',
    becomes: 'A person decides: only the author’s domain can vouch for the author (DMARC alignment).',
    heldBy: ['spf-of-another-domain', 'dkim-of-another-domain'],
  },
  {
    trick: 'Two From fields, or two authors in one',
    becomes: 'A person decides, whichever of them is signed; authors of two tenants: refused.',
    heldBy: ['two-from-headers', 'two-from-headers-one-signed', 'two-authors-in-one-from', 'two-from-headers-of-two-tenants'],
  },
  {
    trick: 'A display name that looks like the salesperson’s address',
    becomes: 'Refused: the mailbox counts, and nobody registered its domain.',
    heldBy: ['display-name-is-an-address', 'display-name-is-an-address-signed'],
  },
  {
    trick: 'A look-alike domain, be it authentic',
    becomes: 'Refused: host names are compared exactly, as A-labels.',
    heldBy: ['look-alike-domain', 'mathematical-letters'],
  },
  {
    trick: 'An invented sub-domain of the tenant’s',
    becomes: 'Refused, or a person decides where the tenant counts sub-domains.',
    heldBy: ['sub-domain-not-registered', 'sub-domain-that-does-not-exist'],
  },
  {
    trick: 'Forged Authentication-Results',
    becomes: 'Not believed: only our own server’s count, the topmost, from a trusted network, above every foreign hop.',
    heldBy: [
      'forged-authentication-results',
      'forged-results-below-our-own',
      'forged-results-without-our-own',
      { file: 'test/processing/attacker.test.ts', test: 'his own results below those of the server in front of us change nothing' },
    ],
  },
  {
    trick: 'Sends through our own mail server, which passes it on by LMTP or SMTP',
    becomes: 'A person decides, by what that server found out (`TRUSTED_AUTHSERV_IDS`), never by where it stands (LMTP, `RELAY_NETWORKS`).',
    heldBy: [
      'own-server-found-it-forged',
      {
        file: 'test/journeys/postfix-chapter.test.ts',
        test: 'a mail forged in a salesperson’s name waits for a person: %s',
      },
      {
        file: 'test/processing/relayed.test.ts',
        test: 'waits for a person where that server %s, though the server may send for the company',
      },
    ],
  },
  {
    trick: 'A stolen Message-ID: answers a mail on file',
    becomes:
      'A person decides: a thread files only for a contact person who is proved to be the author. What nobody has on file is refused.',
    heldBy: ['stolen-message-id', 'client-replies-unauthenticated', 'stranger-replies-to-all', 'stranger-with-an-invented-thread'],
  },
  {
    trick: 'Forges a mail that waits, to have answers to it let in, or to lay claim to another company’s thread',
    becomes: 'Refused: a mail that waits is a thread only where one of the tenant’s own people is proved to have written it.',
    heldBy: ['stranger-answers-a-forged-mail-that-waits'],
  },
  {
    trick: 'Changes a signed mail',
    becomes: 'A person decides: the signature does not hold, or does not count.',
    heldBy: [
      'tampered-after-signing',
      'replayed-with-changed-recipients',
      {
        file: 'test/processing/attacker.test.ts',
        test: 'it is aligned only as long as it says the same, and what may have changed is named: %s',
      },
    ],
  },
  {
    trick: 'Sends a signed mail again: to the sub-address of a lead, into a thread, with added recipients',
    becomes: 'A person decides: what the signature does not cover proposes and contradicts, and never files.',
    heldBy: ['replayed-to-another-sub-address', 'replayed-into-a-thread', 'replayed-with-other-recipients'],
  },
  {
    trick: 'Forwards a mail that never was',
    becomes: 'A person decides: only a proved colleague’s forward speaks for its author.',
    heldBy: ['forward-of-an-invented-mail'],
  },
  {
    trick: 'Makes DNS fail, or be silent',
    becomes: 'The mail waits and DNS is asked again; then a person decides. Other mail does not wait.',
    heldBy: [
      'dns-fails-and-answers-later',
      { file: 'test/processing/authenticate.test.ts', test: 'that never tells leaves it to a person in the end, as undetermined' },
      { file: 'test/processing/authenticate.test.ts', test: 'that is silent holds up no other mail' },
    ],
  },
  {
    trick: 'All of it at once, in any order',
    becomes: 'Nothing is ever appended.',
    heldBy: [
      { file: 'test/processing/spoofer.test.ts', test: 'never gets a mail appended, whatever else he does' },
      {
        file: 'test/processing/spoofer.test.ts',
        test: 'sends on what a salesperson signed, and gets it only where her signed words put it',
      },
    ],
  },
]

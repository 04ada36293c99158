/** What admins do with the pages of administering, in the world of the fixtures. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { importCharactersMax as sharedImportMax } from '../../src/api/shapes-admin.ts'
import { importCharactersMax } from '../../src/web/admin/import-limits.ts'
import type { AddressKey } from '../../src/mail/address.ts'
import { createOperator } from '../../src/store/operators.ts'
import { openTestApi, type As, type TestApi } from '../support/api.ts'
import { axe, hasChromium, openTestBrowser, shot, type TestBrowser } from '../support/browser.ts'
import { startFakeImap } from '../support/fake-imap.ts'
import { deliveriesSettled, sendTestMail } from '../support/send-mail.ts'

const clara = 'clara@xyz.example'
const params = { tenant: 'xyz' }

test('the page refuses files that the server would refuse', () => {
  expect(importCharactersMax).toBe(sharedImportMax)
})

describe.skipIf(!hasChromium)('administering with the page', () => {
  let api: TestApi
  let browser: TestBrowser
  let admin: As

  beforeAll(async () => {
    api = await openTestApi()
    browser = await openTestBrowser(api)
    admin = await api.as('admin')
  })
  afterEach(() => browser.settle())
  afterAll(async () => {
    await browser.close()
    await api.close()
  })

  const open = async (path: string): Promise<Page> => await browser.open(path, { as: clara })
  /** Where the focus is: it must never be lost. */
  const focusedTag = async (page: Page): Promise<string> => await page.evaluate('document.activeElement.tagName')

  test('settings: who saves second keeps his changes and sees what the first changed', async () => {
    const page = await open('/admin/settings')
    await page.getByRole('radio', { name: 'Leave it out' }).check()
    const { version } = await api.call('readTenant', { params }, admin)
    await api.call('updateTenant', { params, body: { version, currency: 'CHF' } }, admin)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Somebody else saved in the meantime').waitFor()
    await page.getByText('“Currency”').waitFor()
    expect(await page.getByLabel('Currency').inputValue()).toBe('CHF')
    expect(await page.getByRole('radio', { name: 'Leave it out' }).isChecked()).toBe(true)
    await axe(page)
    await shot(page, 'admin-settings-conflict')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    expect(await api.call('readTenant', { params }, admin)).toMatchObject({ currency: 'CHF', policy: { internalMail: 'ignore' } })
  })

  test('an API key is shown once, works, and works no more once it is revoked', async () => {
    const page = await open('/admin/keys')
    await page.getByRole('button', { name: 'Make a key' }).first().click()
    await page.getByLabel('What it is for').fill('Website')
    await page.getByRole('radio', { name: 'Reviewer' }).check()
    await page.getByRole('button', { name: 'Make the key' }).click()
    await page.getByText('It is shown this once.').waitFor()
    await axe(page)
    const key = await page.getByLabel('Key', { exact: true }).innerText()
    const asKey: As = { authorization: `Bearer ${key}` }
    expect((await api.ask('listLeads', { params }, asKey)).status).toBe(200)
    await page.reload()
    await page.getByText('Website').waitFor()
    expect(await page.getByText(key).count()).toBe(0)
    await page.getByRole('button', { name: 'Revoke: Website' }).click()
    await axe(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Revoked', { exact: true }).waitFor()
    expect((await api.ask('listLeads', { params }, asKey)).status).toBe(401)
    await expect.poll(() => focusedTag(page)).not.toBe('BODY')
  })

  test('a CSV file with faults: each by its line; the mapping mends one, the file the others', async () => {
    const page = await open('/admin/import')
    await page.getByLabel('Lines of the file').fill('Lead;Thema;Zustand\n80001;Halle 1;open\nabc;Halle 2;open\n80003;Halle 3;quatsch\n')
    await page.getByRole('button', { name: 'Take these lines' }).click()
    await page.getByText('2 lines have to be corrected').first().waitFor()
    const rows = await page.getByRole('region').getByRole('row').allInnerTexts()
    expect(rows.slice(1).map((row) => row.split('\t').slice(0, 2))).toEqual([
      ['3', 'Lead'],
      ['4', 'Zustand'],
    ])
    await axe(page)
    await shot(page, 'admin-import-errors')
    await page.getByLabel('What the column “Zustand” is').selectOption({ label: 'left out' })
    await page.getByText('1 line has to be corrected').first().waitFor()
    await page.getByRole('button', { name: 'Take another file' }).click()
    await page.getByLabel('Lines of the file').fill('Lead;Was\n80001;Halle 1\n80002;Halle 2\n')
    await page.getByRole('button', { name: 'Take these lines' }).click()
    await page.getByLabel('What the column “Was” is').selectOption({ label: 'Name' })
    await page.getByRole('button', { name: 'Import 2 lines' }).click()
    await page.getByText('2 new, 0 changed, 0 unchanged.').waitFor()
    const { leads } = await api.call('listLeads', { params, query: { search: '80002' } }, admin)
    expect(leads.map(({ name }) => name)).toEqual(['Halle 2'])
  })

  test('a mail that failed says why and is tried again', async () => {
    await sendTestMail(api.smtp, { subject: 'XYZ Lead 11111' })
    await deliveriesSettled(api.database, 1)
    await api.database.owner(
      `UPDATE delivery SET state = 'failed', reason = 'triedTooOften', detail = 'Tried 8 times.', lead_id = NULL, mail_id = NULL WHERE state = 'appended'`,
    )
    const page = await open('/admin/health')
    await page.getByText('Something needs attention').waitFor()
    await page.getByText('It was tried as often as is sensible.').waitFor()
    await axe(page)
    await shot(page, 'admin-health-failed')
    await page.getByRole('button', { name: /^Try again/ }).click()
    await page.getByText('Nothing has failed.').waitFor()
    await page.getByText('All is well').waitFor()
  })

  test('what the server refuses is said in the language of the page', async () => {
    const page = await browser.open('/admin/host-names', { as: clara, language: 'de' })
    await page.getByRole('textbox', { name: 'Domain' }).fill('gmail.com')
    await page.keyboard.press('Enter')
    await page.getByText('„gmail.com“ gehört einem Mailanbieter, bei dem jeder eine Adresse haben kann.').waitFor()
    await axe(page)
    await page.goto('/admin/import')
    await page.getByLabel('Zeilen der Datei').fill('Lead;Thema;Zustand\n80001;Halle 1;quatsch\n80001;Halle 2;offen\n')
    await page.getByRole('button', { name: 'Diese Zeilen nehmen' }).click()
    await page.getByText('„quatsch“ ist kein Status.').waitFor()
    await page.getByText('Die Nummer 80001 steht schon in Zeile 2.').waitFor()
    await axe(page)
    await page.goto('/admin/mailboxes')
    await page.getByRole('button', { name: 'Postfach beobachten' }).first().click()
    await page.getByLabel('IMAP-Server').fill('127.0.0.1')
    await page.getByLabel('Port').fill('1')
    await page.getByLabel('Benutzername').fill('crm')
    await page.getByLabel('Passwort', { exact: true }).fill('geheim')
    await page.getByRole('button', { name: 'Probieren und hinzufügen' }).click()
    await page.getByText('Auf 127.0.0.1:1 hört nichts.').waitFor()
    expect(await page.locator('main [lang="en"]').count()).toBe(0)
    await axe(page)
  })

  test('a Sent folder is watched, and what counts beside it is shown in the list', async () => {
    const imap = await startFakeImap()
    try {
      const page = await open('/admin/mailboxes')
      for (const kind of ['Mail that somebody sent', 'Mail that comes in']) {
        await page.getByRole('button', { name: 'Watch a mailbox' }).first().click()
        await page.getByLabel('IMAP server').fill('127.0.0.1')
        await page.getByLabel('Encryption').selectOption('off')
        await page.getByLabel('Port').fill(String(imap.port))
        await page.getByLabel('User name').fill('anna@xyz.example')
        await page.getByLabel('Password', { exact: true }).fill('secret')
        await page.getByRole('radio', { name: kind }).check()
        if (kind === 'Mail that somebody sent') {
          expect(await page.getByLabel('Folder', { exact: true }).inputValue()).toBe('Sent')
          expect(await page.getByLabel('Afterwards a mail is').count()).toBe(0)
        } else await page.getByLabel('Server whose verdict counts').fill('mx.example.com')
        await axe(page)
        await page.getByRole('button', { name: 'Try it and add' }).click()
        await page.getByText('The mailbox is watched.').first().waitFor()
        await page.getByRole('button', { name: 'Try it and add' }).waitFor({ state: 'detached' })
      }
      await page.getByText('Sent mail', { exact: true }).waitFor()
      await page.getByText('mx.example.com says who wrote a mail').waitFor()
      const { mailboxes } = await api.call('listMailboxes', { params }, admin)
      expect(mailboxes.map(({ folder, sent, after, trustedAuthservId }) => [folder, sent, after, trustedAuthservId])).toEqual([
        ['Sent', true, 'leave', null],
        ['INBOX', false, 'seen', 'mx.example.com'],
      ])
      for (const { id } of mailboxes) await api.call('removeMailbox', { params: { ...params, id } }, admin)
    } finally {
      await imap.close()
    }
  })

  test('an operator looks at one tenant and vouches for a host name there', async () => {
    const olga = 'olga@provider.example'
    await api.program.store.database.routerSql((sql) => createOperator(sql, { email: olga as AddressKey, name: 'Olga' }))
    const page = await browser.open('/admin', { as: olga })
    await page.getByRole('link', { name: 'Look: XYZ GmbH' }).click()
    await page.getByRole('heading', { name: 'Host names' }).waitFor()
    await page.getByLabel('Vouch for a host name').fill('https://neu.example/about')
    await page.keyboard.press('Enter')
    await page.getByText('neu.example counts from now on.').waitFor()
    await page.getByRole('button', { name: 'Withdraw: neu.example' }).click()
    await page.getByText('Mail from neu.example is refused from then on').waitFor()
    await axe(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click()
    await page.getByText('You no longer vouch for neu.example.').waitFor()
    await page.getByRole('button', { name: 'Withdraw: neu.example' }).waitFor({ state: 'detached' })
    await expect.poll(() => focusedTag(page)).not.toBe('BODY')
    await page.getByRole('link', { name: /Failed$/ }).click()
    await page.waitForURL(/tenant=xyz/)
    const body = { slug: 'leer', name: 'Leer GmbH', admin: { email: 'chef@leer.example', name: 'Carl Chef' } }
    await api.call('createTenant', { body }, await api.as('operator'))
    await page.goto('/admin/tenants/leer')
    await page.getByText('Nobody can administer it yet.').waitFor()
    await page.getByRole('button', { name: 'Make a new link: Carl Chef' }).click()
    await page.getByText('Carl Chef is invited').waitFor()
    await axe(page)
    await shot(page, 'operator-first-admin')
  })

  test('people: a role is changed at once, the last admin stays, who is disabled can be let in again', async () => {
    const page = await open('/admin/people')
    await page.getByText('the only administrator').waitFor()
    expect(await page.getByLabel('Role of Clara Clausen').isDisabled()).toBe(true)
    await page.getByLabel('Role of Anna Arndt').selectOption('reviewer')
    await page.getByText('Anna Arndt is now: Reviewer.').waitFor()
    await page.getByRole('button', { name: 'Actions for Bernd Brandt' }).click()
    await axe(page)
    await page.getByRole('menuitem', { name: 'Disable' }).click()
    await page.getByText('Bernd Brandt is signed out everywhere').waitFor()
    await page.getByText('Disabled', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Disabled', { exact: true }).waitFor({ state: 'detached' })
    // The page shows it before the server agreed.
    const people = async (): Promise<unknown> =>
      (await api.call('listUsers', { params }, admin)).users.map(({ name, role, disabled }) => [name, role, disabled])
    await expect.poll(people, { timeout: 10_000 }).toEqual([
      ['Anna Arndt', 'reviewer', false],
      ['Bernd Brandt', 'reviewer', false],
      ['Clara Clausen', 'admin', false],
    ])
  })

  test('the never-log list: what is added holds, what is removed comes back on request, the focus stays', async () => {
    const page = await open('/admin/never-log')
    await page.getByLabel('Address or domain').fill('xyz.example')
    await page.keyboard.press('Enter')
    await page.getByText('is your own host name').waitFor()
    await page.getByLabel('Address or domain').fill('Betriebsrat@anders.example')
    await page.keyboard.press('Enter')
    await page.getByText('Mail with betriebsrat@anders.example is not kept').waitFor()
    await page.getByRole('button', { name: 'Remove: betriebsrat@anders.example' }).click()
    await page.getByText('Mail with betriebsrat@anders.example is kept again.').waitFor()
    await expect.poll(() => focusedTag(page)).not.toBe('BODY')
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('button', { name: 'Remove: betriebsrat@anders.example' }).waitFor()
    await axe(page)
  })

  test('a host name is removed with its consequences told', async () => {
    const page = await open('/admin/host-names')
    await page.getByRole('button', { name: 'Remove: xyz.test' }).click()
    await page.getByText('Mail that your people send from xyz.test is refused from then on').waitFor()
    await axe(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('xyz.test is removed.').waitFor()
    await page.getByRole('heading', { name: 'xyz.test' }).waitFor({ state: 'detached' })
    await expect.poll(() => focusedTag(page)).not.toBe('BODY')
  })

  test('the audit: what people did in words, what rules did on request, by whom and what', async () => {
    const page = await open('/admin/audit')
    await page.getByText('put betriebsrat@anders.example on the never-log list').first().waitFor()
    expect(await page.getByText('A rule').count()).toBe(0)
    await axe(page)
    await page.getByLabel('With what was done by rules').check()
    await page.getByText('A rule').first().waitFor()
    await page.getByLabel('What', { exact: true }).selectOption({ label: 'changed the settings' })
    await page.getByText(clara).first().waitFor()
    expect(new URL(page.url()).search).toContain('action=tenantChanged')
  })

  test('where no mail can be sent, whoever forgot his password is told whom to ask', async () => {
    const page = await browser.open('/forgotten')
    await page.getByLabel('E-mail address').fill(clara)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Ask your administrator' }).waitFor()
    await axe(page)
  })
})

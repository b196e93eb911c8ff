// What a person decides about accounts.
import assert from 'node:assert/strict'
import { countOf } from './screen.mjs'

const panel = (page) => page.getByRole('complementary', { name: 'Account' })
const rationale = 'A shared mailbox of the front desk: nobody signs in with it.'

/** Opens the first account of the list, as it is filtered, and says what it is called. */
async function openFirst({ page, by }) {
  const row = page.getByRole('grid', { name: 'Accounts' }).locator('[role=row][aria-rowindex="2"]:not([aria-busy])')
  await row.waitFor()
  await by.open(row)
  const title = panel(page).getByRole('heading', { level: 2 })
  await title.waitFor()
  return title.innerText()
}

async function outOfScope(story) {
  const { page, by } = story
  await by.go('Accounts')
  await by.search(page.getByRole('searchbox', { name: 'Search accounts' }), 'a')
  await by.press(page.getByRole('list', { name: 'To see to' }).getByRole('button', { name: /^Dormant/ }))
  const name = await openFirst(story)
  await by.press(panel(page).getByRole('button', { name: 'Change: Scope' }))
  const dialog = page.getByRole('dialog', { name: `Take out of scope: ${name}` })
  await by.type(dialog.getByLabel('Rationale'), rationale)
  await dialog.getByText('1 account changes').waitFor()
  await by.press(dialog.getByRole('button', { name: 'Change 1 account' }))
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('status', { name: 'What was changed' }).getByText('1 account changed.').waitFor()
  await by.settled('taking an account out of scope')
  await panel(page).getByText(rationale).first().waitFor()
  await panel(page).getByText('Out of scope').first().waitFor()
}

async function linkPerson(story) {
  const { page, by } = story
  await by.go('Accounts')
  const unlinked = page.getByRole('list', { name: 'To see to' }).getByRole('button', { name: /^Unlinked/ })
  await by.press(unlinked)
  const before = await countOf(unlinked)
  await openFirst(story)
  await by.press(panel(page).getByRole('button', { name: 'Link a person' }))
  const dialog = page.getByRole('dialog', { name: /^Link to a person/ })
  await by.type(dialog.getByLabel('Person', { exact: true }), 'an')
  const person = dialog.getByRole('group', { name: 'People' }).getByRole('radio').first()
  await person.waitFor()
  await page.waitForFunction(() => !document.querySelector('[role=dialog] [aria-busy=true]'))
  await by.press(person)
  await dialog.getByText('1 account changes').waitFor()
  await by.press(dialog.getByRole('button', { name: 'Change 1 account' }))
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('status', { name: 'What was changed' }).getByText('1 account changed.').waitFor()
  await by.settled('linking a person')
  await panel(page).getByText(/^By decision of/).first().waitFor()
  await page.waitForFunction(
    ([list, n]) => [...document.querySelectorAll(`ul[aria-label="${list}"] button`)].some((b) => b.textContent === `Unlinked${n}`),
    ['To see to', before - 1],
  )
  assert.ok(before > 0)
}

export const accounts = [
  ['mark an account out of scope with a rationale', outOfScope],
  ['link a person', linkPerson],
]

// What a person decides about accounts.

const panel = (page) => page.getByRole('complementary', { name: 'Account' })
const rationale = 'A shared mailbox of the front desk: nobody signs in with it.'

/** A filter of what is to see to. It is found behind a dialog, too. */
const toSee = (page, flag) => page.locator('ul[aria-label="Needs attention"] button').filter({ hasText: flag })

/** Opens the first account of the list, once it holds a text, and says what it is called. */
async function openFirst({ page, by }, text) {
  const row = page.getByRole('grid', { name: 'Accounts' }).locator('[role=row][aria-rowindex="2"]').filter({ hasText: text })
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
  await by.press(toSee(page, /^Dormant/))
  const name = await openFirst(story, /Dormant|\+\d/)
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
  const unlinked = toSee(page, /^Unlinked/)
  await by.press(unlinked)
  await openFirst(story, 'Unlinked')
  await by.press(panel(page).getByRole('button', { name: 'Link a person' }))
  const dialog = page.getByRole('dialog', { name: /^Link to a person/ })
  await by.type(dialog.getByLabel('Person', { exact: true }), 'an')
  await by.press(dialog.getByRole('group', { name: 'People' }).getByRole('radio', { name: /an/i }).first())
  await dialog.getByText('1 account changes').waitFor()
  const before = await unlinked.evaluate((button) => Number(button.textContent.match(/\d+$/)[0]))
  await by.press(dialog.getByRole('button', { name: 'Change 1 account' }))
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('status', { name: 'What was changed' }).getByText('1 account changed.').waitFor()
  await by.settled('linking a person')
  await panel(page).getByText(/^By decision of/).first().waitFor()
  await unlinked.filter({ hasText: new RegExp(`^Unlinked\\s*${before - 1}$`) }).waitFor()
}

export const accounts = [
  ['mark an account out of scope with a rationale', outOfScope],
  ['link a person', linkPerson],
]

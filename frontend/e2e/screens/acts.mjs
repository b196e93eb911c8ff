// What a person does on a screen to bring it into a state.

export const press = (name) => (page) =>
  page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) }).filter({ visible: true }).first().click()

export const tick = (name) => (page) => page.getByRole('checkbox', { name }).first().check()

export const peekFirst = async (page) => {
  await page.locator('[role=grid] [role=row][aria-rowindex="2"]').click()
  await page.locator('[data-peek]').waitFor()
}

export const menu = (alias, entry) => async (page) => {
  await page.getByRole('button', { name: `Actions for ${alias}` }).click()
  await page.getByRole('menuitem', { name: entry }).click()
}

/** Opens the dialog that ends a connection, with one of its choices made. */
export const confirmDialog = (alias, choice) => async (page) => {
  await page.getByRole('button', { name: `More actions for ${alias}` }).click()
  await page.getByRole('menuitem', { name: 'Disconnect…' }).click()
  await page.getByRole('radio', { name: choice }).check()
}

/** Opens the palette and types into it, once it is there. */
export const palette = (typed) => async (page) => {
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').waitFor()
  await page.keyboard.type(typed)
}

/** What floats over a page lies below its last row at its end. */
export const toTheEnd = (page) => page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))

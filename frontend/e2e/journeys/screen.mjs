// What several journeys look for on a page.
import assert from 'node:assert/strict'

/** The connection that the journeys make. */
export const alias = 'badges'

export const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()

/** A row of a long list, by a text that it holds. */
export const rowOf = (page, list, text) => page.getByRole('grid', { name: list }).getByRole('row', { name: text }).first()

/** Goes from the list of connections to one of them. */
export async function detail({ page, by }, of) {
  await by.go('Connections')
  await by.press(page.getByRole('link', { name: of, exact: true }))
  await heading(page, of)
}

/** Keeps every status that a run is shown with, however short it is. */
export const watchRuns = (page) =>
  page.evaluate(() => {
    window.runStatuses = []
    const look = () => {
      const status = document.querySelector('[data-run-status]')?.getAttribute('data-run-status')
      if (status && window.runStatuses.at(-1) !== status) window.runStatuses.push(status)
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-run-status'] })
  })

export const runStatuses = (page) => page.evaluate(() => window.runStatuses)

/** Waits until the number in a button is that of the elements that a locator finds, for at most 20 seconds. */
export async function agree(button, elements, otherwise) {
  const last = Date.now() + 20_000
  for (;;) {
    const promised = await countOf(button)
    const shown = await elements.count()
    if (promised === shown) return
    if (Date.now() > last) assert.equal(shown, promised, otherwise)
    await button.page().waitForTimeout(100)
  }
}

/** The number that a button ends with, once it is known. */
export async function countOf(button) {
  await button.filter({ hasText: /\d$/ }).waitFor()
  return Number((await button.innerText()).match(/\d+$/)[0])
}

// What needs a person: the unhealthy, the step that fails and why, removals that are held.
import assert from 'node:assert/strict'
import { countOf, detail, heading } from './screen.mjs'

async function unhealthyOnly({ page, by }) {
  await by.go('Connections')
  const filter = page.getByRole('group', { name: 'Operational status' }).getByRole('button', { name: /^Unhealthy/ })
  const counted = await countOf(filter)
  await by.press(filter)
  await page.locator('tr[data-alias="okta"]').waitFor({ state: 'detached' })
  assert.equal(new URL(page.url()).searchParams.get('health'), 'unhealthy', 'the address does not hold the filter')
  assert.equal(await page.locator('tr[data-alias]').count(), counted, 'the filter promises another number')
  assert.equal(await page.locator('tr[data-alias] [data-health]:not([data-health="unhealthy"])').count(), 0)
  await by.settled('choosing a filter')
}

async function failingStep({ page, by }) {
  await by.press(page.getByRole('link', { name: 'datadog', exact: true }))
  await heading(page, 'datadog')
  const step = page.locator('[data-step][data-status="failed"]').first()
  await step.getByText('What to do').waitFor()
  await by.press(step.getByRole('link', { name: 'Log of this step' }))
  await page.getByRole('heading', { level: 1, name: 'Run of datadog' }).waitFor()
  assert.ok(new URL(page.url()).searchParams.get('step'), 'the address does not hold the step')
  await page.getByRole('region', { name: 'Log lines' }).waitFor()
}

async function heldRemovals(story) {
  const { page, by } = story
  await detail(story, 'contractors')
  const held = page.locator('[data-held][data-waits="true"]')
  await by.press(held.getByRole('button', { name: 'See the records and decide' }))
  const dialog = page.getByRole('dialog', { name: /^Remove \d+ records of/ })
  const [, counted] = (await dialog.getByText(/ of \d+ shown$/).innerText()).match(/of (\d+) shown$/)
  const names = await dialog.getByRole('row').getByRole('cell').filter({ hasText: /\S+ \S+/ }).allInnerTexts()
  assert.ok(names.length > 0, 'the removals have no names')
  const remove = dialog.getByRole('button', { name: 'They are gone: sync and remove' })
  const count = dialog.getByLabel(/type how many there are/)
  if (await count.isVisible()) {
    assert.equal(await remove.isDisabled(), true, 'the removal can be agreed to before its number was typed')
    await by.type(count, counted)
  }
  await by.press(remove)
  await dialog.waitFor({ state: 'detached' })
  await page.locator('[data-held]').waitFor({ state: 'detached', timeout: 60_000 })
  await by.settled('confirming removals')
}

export const trouble = [
  ['filter what is unhealthy', unhealthyOnly],
  ['open the failing step', failingStep],
  ['confirm held removals after reading the names', heldRemovals],
]

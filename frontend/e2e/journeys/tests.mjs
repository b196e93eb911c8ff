// From a test that fails to the record that makes it fail.
import assert from 'node:assert/strict'
import { heading, rowOf } from './screen.mjs'

async function findingOfFailingTest(story) {
  const { page, by } = story
  await by.go('Home')
  const fails = page.getByRole('link', { name: /^\d+ tests? fails?$/ })
  await fails.waitFor()
  const failing = Number((await fails.innerText()).match(/\d+/)[0])
  await by.press(fails)
  await heading(page, 'Tests')
  await page.getByRole('status').getByText(`${failing} tests`, { exact: true }).waitFor()
  await by.search(page.getByRole('searchbox', { name: 'Search tests' }), 'second factor')
  const row = rowOf(page, 'Tests', /second factor/)
  await row.waitFor()
  await by.settled('a search')
  await by.open(row)
  await page.getByRole('heading', { level: 2, name: 'Why it is failing' }).waitFor()
  const counted = Number((await page.locator('[data-tally=fail] dd').innerText()).replaceAll(',', ''))
  const findings = page.getByRole('table', { name: 'Findings' })
  await findings.locator('[data-finding=fail]').first().waitFor()
  assert.equal(await findings.locator('[data-finding=fail]').count(), Math.min(counted, 25), 'the findings are not as many as the tally says')
  const item = findings.locator('[data-finding=fail] th').getByRole('link').first()
  const name = await item.innerText()
  await by.press(item)
  await page.locator(`[data-record]`).getByRole('heading', { level: 1, name, exact: true }).waitFor()
  assert.ok(new URL(page.url()).searchParams.get('on'), 'the record is not shown as it was judged')
  await page.locator('[data-version][aria-current="true"]').waitFor()
}

async function sourceOfTest(story) {
  const { page, by } = story
  await by.go('Tests')
  await heading(page, 'Tests')
  await by.press(page.getByRole('group', { name: 'State' }).getByRole('button', { name: /^Unproven/ }))
  const row = page.getByRole('grid', { name: 'Tests' }).locator('[role=row][aria-rowindex="2"]').filter({ hasText: 'Unproven' })
  await row.waitFor()
  await by.settled('choosing a state')
  await by.open(row)
  await page.getByText('This is not a pass.').waitFor()
  await by.press(page.getByRole('link', { name: /^Open the latest run of / }).first())
  await page.getByRole('region', { name: 'Log' }).waitFor()
}

export const tests = [
  ['find a failing test, its finding and the record that was judged', findingOfFailingTest],
  ['see why a test is not proven and the run behind it', sourceOfTest],
]

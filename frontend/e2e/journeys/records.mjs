// What was read: a record and its versions, what a run changed, a list of a past date in a file.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { detail, heading, rowOf } from './screen.mjs'

async function recordAndVersions(story) {
  const { page, by } = story
  await detail(story, 'bamboohr')
  await by.press(page.getByRole('link', { name: 'Changes', exact: true }).last())
  await by.press(page.getByRole('link', { name: 'Search and filter changes' }))
  await heading(page, 'What changed')
  await by.press(page.getByRole('group', { name: 'Which changes' }).getByRole('button', { name: /^Changed/ }))
  const row = rowOf(page, 'Changes', /Changed/)
  await by.open(row)
  const beside = page.getByRole('complementary', { name: 'Record' })
  await beside.getByRole('heading', { name: /^\d+ versions/ }).waitFor()
  await by.press(beside.getByRole('link', { name: 'Open page' }))
  await page.getByRole('heading', { level: 2, name: 'Fields' }).waitFor()
  const versions = page.getByRole('region', { name: /^\d+ versions/ })
  await versions.locator('[data-version]').nth(1).waitFor() // the list comes after its heading
  await by.press(versions.locator('[data-version]').last().getByRole('button', { name: 'Its values' }))
  await by.press(versions.locator('[data-version]').last().getByRole('link', { name: 'Show as of then' }))
  await versions.locator('[data-version][aria-current="true"]').waitFor()
  assert.ok(new URL(page.url()).searchParams.get('on'), 'the address does not hold the moment')
}

async function changesOfRun(story) {
  const { page, by } = story
  await detail(story, 'bamboohr')
  await by.press(page.getByRole('link', { name: 'Runs', exact: true }).last())
  const changed = page.getByRole('table').getByRole('link', { name: /changed$/ }).first()
  const counted = Number((await changed.innerText()).replace(/\D/g, ''))
  await by.press(changed)
  await heading(page, 'What changed')
  assert.ok(new URL(page.url()).searchParams.get('run'), 'the changes are not those of the run')
  await rowOf(page, 'Changes', /Changed/).waitFor()
  await page.getByText(new RegExp(`^${counted} change`)).first().waitFor()
  await by.open(rowOf(page, 'Changes', /Changed/))
  await page.getByRole('region', { name: 'This change' }).waitFor()
}

async function exportOfPast(story) {
  const { page, by } = story
  await by.go('Accounts')
  await by.press(page.getByRole('link', { name: 'As of a day' }))
  await heading(page, 'Accounts as of a day')
  await by.press(page.getByRole('button', { name: 'Filter', exact: true }))
  const filter = page.getByRole('form', { name: 'New filter' })
  await by.choose(filter.getByLabel('Field'), 'MFA')
  await by.choose(filter.getByLabel('Value'), 'no')
  await by.press(filter.getByRole('button', { name: 'Add' }))
  await page.getByRole('list', { name: 'Filters' }).getByText('MFA is no').waitFor()
  await by.settled('adding a filter')
  const day = new Date(Date.now() - 10 * 86_400_000).toLocaleDateString('sv')
  await by.press(page.getByRole('button', { name: /^As of:/ }))
  const moment = page.getByRole('dialog', { name: 'As of a moment' })
  await by.date(moment.getByLabel('Day'), day)
  await by.press(moment.getByRole('button', { name: 'Show' }))
  await moment.waitFor({ state: 'detached' })
  await by.settled('choosing a day')
  const counted = await page.getByText(/^[\d,]+ records? at the end of/).innerText()
  const records = Number(counted.match(/^[\d,]+/)[0].replaceAll(',', ''))
  await by.export()
  const dialog = page.getByRole('dialog', { name: 'Export these records' })
  const download = page.waitForEvent('download')
  await by.press(dialog.getByRole('button', { name: 'Export', exact: true }))
  await dialog.getByText(/The file is being saved/).waitFor()
  await by.settled('an export')
  await checkFile(await (await download).path(), day, records)
  await by.press(dialog.getByRole('button', { name: 'Close' }))
  await dialog.waitFor({ state: 'detached' })
}

/** The file says what it is, and has the rows that it says. */
async function checkFile(path, day, records) {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n')
  const said = (name) => lines.find((line) => line.startsWith(`# ${name}:`)) ?? ''
  assert.match(lines[0], /^# Plumbline .* export of records$/)
  assert.match(said('data'), /demo/)
  assert.match(said('filter'), /mfa:no/)
  assert.ok(said('as of').includes(day), `the file is as of another day: ${said('as of')}`)
  assert.ok(lines.some((line) => line.startsWith('# source: okta')), 'the file does not name its sources')
  assert.equal(lines.filter((line) => !line.startsWith('#')).length - 1, records, 'the file has another number of rows')
}

export const records = [
  ['open a record and its versions', recordAndVersions],
  ['see what a run changed', changesOfRun],
  ['export a filtered list as of a past date', exportOfPast],
]

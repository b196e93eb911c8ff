// The screens say only what is true: of a day before the first read, of sources in
// trouble, of removals that are held, of hidden characters, of a save that failed.
// build/e2e.sh makes the connections that it names.
//
//   PLUMBLINE_E2E_BASE     one-time link as `plumbline open` prints it
//   PLUMBLINE_E2E_OUT      folder for screenshots (optional)
//   PLUMBLINE_E2E_BROWSER  Chromium to use (default /usr/bin/chromium)
import assert from 'node:assert/strict'
import { expectAccessible, inBothThemes, openStory } from './browser.mjs'

const story = await openStory('truth')
const { page, origin, step } = story
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toLocaleDateString('sv')

await story.run(async () => {
  await step('a day before the first read has no number', async () => {
    await page.goto(`${origin}/accounts/past?on=${day(-30)}&q=ann`)
    await page.getByText(/^Nothing was read before \d+ \w+ \d{4} \d\d:\d\d \(UTC\S*\)$/).waitFor()
    const text = await page.locator('main').innerText()
    assert.doesNotMatch(text, /0 records|No record/)
    await inBothThemes(page, 'accounts before the first read', 'truth-before.png')
  })

  await step('today means now, and says the time with its zone', async () => {
    await page.goto(`${origin}/accounts/past?on=${day(0)}`)
    await page.getByText(/^[\d,]+ records at \d+ \w+ \d{4} \d\d:\d\d \(UTC\S*\)$/).waitFor()
  })

  await step('a list over several connections names those in trouble above its rows', async () => {
    await page.goto(`${origin}/accounts/past`)
    const sources = page.getByRole('region', { name: 'Sources' })
    await sources.getByText(/connections (is|are) incomplete or old/).waitFor()
    assert.match(await sources.innerText(), /contractors/)
    if ((await sources.getByRole('listitem').count()) === 0) await sources.getByRole('button').click()
    await sources.locator('[data-source="contractors"][data-state="partial"]').waitFor()
    await sources.locator('[data-source="people"]').waitFor()
    await inBothThemes(page, 'accounts with sources in trouble', 'truth-sources.png')
  })

  await step('hidden characters of a name have signs', async () => {
    await page.goto(`${origin}/accounts/past?q=gpj`)
    const row = page.getByRole('row', { name: /gpj/ })
    await row.locator('[data-hidden="U+202E"]').waitFor()
    await row.click()
    await page.locator('[data-peek] [data-hidden="U+2066"]').first().waitFor()
    await inBothThemes(page, 'hidden characters', 'truth-hidden.png')
  })

  await step('a paused connection is not healthy', async () => {
    await page.goto(`${origin}/connections`)
    const row = page.locator('tr[data-alias="retired"]')
    await row.locator('[data-health="paused"]').filter({ visible: true }).waitFor()
    assert.equal(await row.getByText('Healthy', { exact: true }).filter({ visible: true }).count(), 0)
    await page.getByRole('group', { name: 'Operational status' }).getByRole('button', { name: /^Paused/ }).click()
    await page.locator('tr[data-alias="staff"]').waitFor({ state: 'detached' })
    await row.waitFor()
  })

  await step('removals that are held are looked at by name and agreed to by number', async () => {
    await page.goto(`${origin}/connections/people`)
    await page.locator('[data-held="account"][data-waits="true"]').waitFor()
    await page.locator('[data-stream="account"]').getByText('their removal waits for you').waitFor()
    await inBothThemes(page, 'held removals', 'truth-held.png')
    await page.getByRole('button', { name: 'See the records and decide' }).click()
    const dialog = page.getByRole('dialog', { name: /^Remove 30 records/ })
    await dialog.getByText('Person 40').waitFor()
    await dialog.getByText('30 of 30 shown').waitFor()
    const remove = dialog.getByRole('button', { name: 'They are gone: sync and remove' })
    assert.equal(await remove.isDisabled(), true)
    await inBothThemes(page, 'held removals, asked', 'truth-held-dialog.png')
    await dialog.getByLabel(/type how many there are/).fill('30')
    await remove.click()
    await dialog.waitFor({ state: 'detached' })
    await page.locator('[data-held]').waitFor({ state: 'detached', timeout: 60_000 })
    await page.locator('[data-stream="account"]').getByText('10', { exact: true }).waitFor()
  })

  await step('what a connector may reach stands beside the buttons that agree to it', async () => {
    await page.goto(`${origin}/connections/new/ldap`)
    await page.getByLabel('Directory address').fill('ldaps://dc1.corp.example')
    await page.locator('[data-reach="{url}:636"]').getByText('dc1.corp.example').waitFor()
    await inBothThemes(page, 'what a connector may reach', 'truth-reach.png')
  })

  await step('a save that another edit overtook shows why, with the focus on it', async () => {
    await page.goto(`${origin}/connections/staff/edit`)
    await page.getByRole('button', { name: 'Save', exact: true }).waitFor()
    const address = `${origin}/api/v1/connections/staff`
    const { revision } = await (await page.request.get(address)).json()
    const headers = { 'if-match': String(revision), 'x-plumbline-request': '1' }
    const edited = await page.request.patch(address, { headers, data: { schedule: '0 5 * * *' } })
    assert.equal(edited.status(), 200)
    await page.getByText('staff was changed').waitFor()
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    const alert = page.getByRole('alert')
    await alert.waitFor()
    await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'alert')
    const box = await alert.boundingBox()
    assert.ok(box && box.y >= 0 && box.y + box.height <= 900, `the alert is at ${JSON.stringify(box)}`)
    await expectAccessible(page, 'a save that failed')
  })

  await step('a check that leaves something open warns', async () => {
    await page.goto(`${origin}/connections/contractors/edit`)
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.locator('[data-verdict="warning"]').waitFor()
    await inBothThemes(page, 'a check with a warning', 'truth-check.png')
    await page.getByLabel('File', { exact: true }).fill('/nowhere.csv')
    await page.locator('[data-verdict]').waitFor({ state: 'detached' })
  })
})

// The agent ends while a page is open: the page says so, stops counting, and offers
// nothing that only the agent could do.
//
//   PLUMBLINE_E2E_BASE     one-time link as `plumbline open` prints it
//   PLUMBLINE_E2E_AGENT    process of the agent, which this story ends
//   PLUMBLINE_E2E_OUT      folder for screenshots (optional)
//   PLUMBLINE_E2E_BROWSER  Chromium to use (default /usr/bin/chromium)
import assert from 'node:assert/strict'
import { inBothThemes, openStory } from './browser.mjs'

const agent = Number(process.env.PLUMBLINE_E2E_AGENT)
if (!agent) {
  console.error('offline: PLUMBLINE_E2E_AGENT must be set')
  process.exit(2)
}
const story = await openStory('offline')
const { page, origin, step } = story
const bar = page.getByRole('region', { name: 'Agent' })

await story.run(async () => {
  await step('a page that was open says what was known, and when', async () => {
    await page.goto(`${origin}/connections`)
    await page.getByRole('link', { name: 'contractors', exact: true }).click()
    await page.getByRole('heading', { level: 2, name: 'Sync Status' }).waitFor()
    process.kill(agent, 'SIGTERM')
    await bar.getByText(/This page shows what was known at \d\d:\d\d:\d\d/).waitFor()
    await page.getByText('Last known: unhealthy').waitFor()
    const sync = page.getByRole('button', { name: 'Sync now' })
    assert.equal(await sync.isDisabled(), true)
    assert.match((await sync.getAttribute('title')) ?? '', /not answering/)
    await inBothThemes(page, 'offline', 'offline.png')
  })

  await step('its lists count on nothing', async () => {
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Connections' }).click()
    await page.getByText('Last known: unhealthy').filter({ visible: true }).first().waitFor()
    assert.equal(await page.getByText('Healthy', { exact: true }).filter({ visible: true }).and(page.locator('tbody *')).count(), 0)
    assert.equal(await page.locator('.animate-spin').count(), 0)
    await inBothThemes(page, 'connections, offline', 'offline-list.png')
  })
})

// A connector in development, as another person at a screen sees it: a banner on every
// screen while `plumbline connector dev` runs, and marks on what was read that stay.
//
//   PLUMBLINE_E2E_BASE     one-time link as `plumbline open` prints it
//   PLUMBLINE_E2E_DEV_PID  the command, which uses the connector of the connection "staff"
//   PLUMBLINE_E2E_OUT      folder for screenshots (optional)
//   PLUMBLINE_E2E_BROWSER  Chromium to use (default /usr/bin/chromium)
import assert from 'node:assert/strict'
import { expectAccessible, openBrowser, screenshot, switchTheme } from './browser.mjs'

const link = process.env.PLUMBLINE_E2E_BASE
const pid = Number(process.env.PLUMBLINE_E2E_DEV_PID)
if (!link || !pid) {
  console.error('development: PLUMBLINE_E2E_BASE and PLUMBLINE_E2E_DEV_PID must be set')
  process.exit(2)
}
const origin = new URL(link).origin

const browser = await openBrowser()
const { page } = browser
const banner = page.getByRole('region', { name: 'In development' })
let doing = 'start'

async function step(title, run) {
  doing = title
  await run()
  console.log(`ok  ${title}`)
}

async function inBothThemes(name, file) {
  await expectAccessible(page, `${name}, light`)
  await screenshot(page, file)
  await switchTheme(page, 'dark')
  await expectAccessible(page, `${name}, dark`)
  await screenshot(page, file.replace('.png', '-dark.png'))
  await switchTheme(page, 'light')
}

try {
  await step('every screen says which connector is in development', async () => {
    await page.goto(link)
    for (const path of ['/connections', '/connections/available', '/accounts', '/connections/new/csv', '/connections/staff']) {
      await page.goto(origin + path)
      await banner.getByText(/^csv is in development: what it reads is marked, and is not evidence/).waitFor()
    }
    await page.locator('[data-run-status="succeeded"] [data-trust="development"]').waitFor()
    await inBothThemes('connection in development', 'development.png')
  })

  await step('a narrow screen says it, too', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    await banner.waitFor()
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    assert.ok(beyond <= 0, `it is ${beyond} px wider than the screen`)
    await expectAccessible(page, 'in development, narrow')
    await screenshot(page, 'development-narrow.png')
    await page.setViewportSize({ width: 1440, height: 900 })
  })

  await step('its records are marked', async () => {
    await page.getByRole('link', { name: 'Data', exact: true }).click()
    await page.getByText('Read by a connector in development: not evidence').first().waitFor({ state: 'attached' })
    await expectAccessible(page, 'records in development')
    await screenshot(page, 'development-records.png')
    await page.goBack()
  })

  await step('the banner goes when it ends, and the marks stay', async () => {
    process.kill(pid, 'SIGINT')
    await banner.waitFor({ state: 'detached' })
    await page.locator('[data-run-status="succeeded"] [data-trust="development"]').waitFor()
    await screenshot(page, 'development-ended.png')
  })

  assert.deepEqual(browser.errors, [], 'the page reported errors')
  console.log('development: passed')
} catch (error) {
  console.error(`development: failed at "${doing}"\n${error instanceof Error ? error.message : error}`)
  await screenshot(page, 'failure.png').catch(() => undefined)
  process.exitCode = 1
} finally {
  await browser.close()
}

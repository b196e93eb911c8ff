// The first journey of a new user against a real agent: open the one-time link,
// look at the device connection, sync it, and begin to connect Envoy.
//
//   PLUMBLINE_E2E_BASE     one-time link as `plumbline open` prints it
//   PLUMBLINE_E2E_OUT      folder for screenshots (optional)
//   PLUMBLINE_E2E_BROWSER  Chromium to use (default /usr/bin/chromium)
import assert from 'node:assert/strict'
import { expectAccessible, openBrowser, screenshot, switchTheme } from './browser.mjs'

const link = process.env.PLUMBLINE_E2E_BASE
if (!link) {
  console.error('first-journey: PLUMBLINE_E2E_BASE must hold a one-time link')
  process.exit(2)
}
const origin = new URL(link).origin

const browser = await openBrowser()
const { page } = browser
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

const device = page.locator('tr[data-alias]', { hasText: /device|this[- ]machine/i }).first()

try {
  await step('the one-time link opens Home, and the navigation leads to the connections', async () => {
    await page.goto(link)
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Connections/ }).click()
    await page.getByRole('heading', { level: 1, name: 'Connections' }).waitFor()
    assert.match(await page.title(), /Connections · Plumbline$/)
    await page.locator('header [data-live="connected"]').waitFor()
  })

  await step('the device connection is healthy', async () => {
    await device.waitFor()
    await device.getByText('Healthy', { exact: true }).filter({ visible: true }).waitFor()
    await inBothThemes('connections', 'connections.png')
  })

  let alias = ''
  let before = ''
  await step('disconnecting asks first and can be declined', async () => {
    await device.getByRole('button', { name: /^Actions for/ }).click()
    await page.getByRole('menuitem', { name: 'Disconnect…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Its syncs stop').waitFor()
    await expectAccessible(page, 'disconnect dialog')
    await dialog.getByRole('button', { name: 'Go back' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.equal(new URL(page.url()).pathname, '/connections')
    await device.waitFor()
  })

  await step('its steps all succeeded', async () => {
    alias = (await device.getAttribute('data-alias')) ?? ''
    await device.getByRole('link', { name: alias, exact: true }).click()
    await page.getByRole('heading', { level: 1, name: alias }).waitFor()
    await page.getByRole('heading', { level: 2, name: 'Sync Status' }).waitFor()
    const run = page.locator('[data-run-status="succeeded"]')
    await run.waitFor()
    before = (await run.getAttribute('data-run-id')) ?? ''
    const statuses = await page.locator('[data-step]').evaluateAll((steps) => steps.map((s) => s.getAttribute('data-status')))
    assert.ok(statuses.length > 0, 'the run shows no steps')
    assert.deepEqual([...new Set(statuses)], ['succeeded'])
    await inBothThemes('connection detail', 'detail.png')
  })

  await step('Sync now makes a new run that finishes', async () => {
    await page.getByRole('button', { name: 'Sync now' }).click()
    await page.locator(`[data-run-status="succeeded"]:not([data-run-id="${before}"])`).waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Sync now' }).waitFor()
  })

  await step('the log and the records of the run can be read', async () => {
    await page.getByRole('link', { name: 'Open the run and its log' }).click()
    await page.getByRole('region', { name: 'Log lines' }).or(page.getByText('This run has written no log lines.')).waitFor()
    await expectAccessible(page, 'run')
    await page.goBack()
    await page.getByRole('link', { name: 'Data', exact: true }).click()
    await page.getByRole('columnheader', { name: /^Hostname/ }).waitFor()
    await expectAccessible(page, 'records')
  })

  await step('Envoy is available', async () => {
    await page.goto(`${origin}/connections/available`)
    await page.getByRole('button', { name: /^All categories/ }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('envoy')
    await page.locator('[data-connector="envoy"]').waitFor()
    await page.locator('[data-connector="device"]').waitFor({ state: 'detached' })
    assert.equal(new URL(page.url()).searchParams.get('q'), 'envoy')
    await page.keyboard.press('Escape')
    await page.locator('[data-connector="device"]').waitFor()
    await inBothThemes('available', 'available.png')
  })

  await step('its form stands beside its guide', async () => {
    await page.getByRole('link', { name: 'Connect Envoy' }).click()
    await page.getByRole('heading', { level: 1, name: 'Connect Envoy' }).waitFor()
    await page.getByRole('article', { name: 'Setup guide' }).waitFor()
    await page.getByRole('form', { name: 'New connection' }).waitFor()
    await page.getByText(/· next /).waitFor()
    await inBothThemes('connect', 'connect.png')
  })

  await step('an empty form says what is missing and goes there', async () => {
    await page.getByRole('button', { name: 'Save and sync' }).click()
    await page.getByRole('alert').waitFor()
    const focused = await page.evaluate(() => ({
      invalid: document.activeElement?.getAttribute('aria-invalid'),
      name: document.activeElement?.getAttribute('name'),
    }))
    assert.equal(focused.invalid, 'true', 'the focus is not on a field with an error')
    assert.match(focused.name ?? '', /^(secrets|settings)\./)
    await inBothThemes('connect with errors', 'connect-errors.png')
  })

  await step('a narrow screen loses nothing', async () => {
    await page.setViewportSize({ width: 360, height: 740 })
    for (const path of ['/connections', `/connections/${alias}`, '/connections/available', '/connections/new/envoy']) {
      await page.goto(origin + path)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await page.locator('header [data-live="connected"]').waitFor()
      const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      assert.ok(beyond <= 0, `${path} is ${beyond} px wider than the screen`)
      await expectAccessible(page, `${path}, narrow`)
    }
  })

  assert.deepEqual(browser.errors, [], 'the page reported errors')
  console.log('first-journey: passed')
} catch (error) {
  console.error(`first-journey: failed at "${doing}"\n${error instanceof Error ? error.message : error}`)
  await screenshot(page, 'failure.png').catch(() => undefined)
  process.exitCode = 1
} finally {
  await browser.close()
}

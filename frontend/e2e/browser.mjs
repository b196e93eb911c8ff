import { AxeBuilder } from '@axe-core/playwright'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A fresh browser with an empty profile; every error the page reports fails the story. */
export async function openBrowser({ executable = process.env.PLUMBLINE_E2E_BROWSER ?? '/usr/bin/chromium' } = {}) {
  const profile = await mkdtemp(join(tmpdir(), 'plumbline-e2e-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executable,
    headless: true,
    args: flags,
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    colorScheme: 'light',
  })
  const page = context.pages()[0] ?? (await context.newPage())
  page.setDefaultTimeout(20_000)
  const errors = []
  page.on('pageerror', (error) => errors.push(`page error: ${error.message}`))
  page.on('console', (message) => {
    // A refusal the story provokes is logged by the browser itself.
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) errors.push(`console: ${message.text()}`)
  })
  return {
    page,
    errors,
    async close() {
      await context.close()
      await rm(profile, { recursive: true, force: true })
    },
  }
}

export const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** Fails with every violation of WCAG A and AA on the page as it stands. */
export async function expectAccessible(page, where) {
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze()
  if (violations.length === 0) return
  const lines = violations.flatMap((v) => v.nodes.map((n) => `  ${v.id}: ${n.target.join(' ')}: ${n.failureSummary?.split('\n').at(1)?.trim() ?? v.help}`))
  throw new Error(`${where} has accessibility faults:\n${lines.join('\n')}`)
}

export async function switchTheme(page, name) {
  const title = name === 'dark' ? 'Dark' : 'Light'
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: title, exact: true }).click()
  await page.locator(`html[data-theme="${name}"]`).waitFor()
}

export async function screenshot(page, file) {
  const folder = process.env.PLUMBLINE_E2E_OUT
  if (!folder) return
  await mkdir(folder, { recursive: true })
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: join(folder, file) })
}

/** Has a page looked at, and kept as a picture, in both themes. */
export async function inBothThemes(page, name, file) {
  await expectAccessible(page, `${name}, light`)
  await screenshot(page, file)
  // Not by the switch: a dialog may lie over it, and the agent may be gone.
  await page.evaluate(() => (document.documentElement.dataset.theme = 'dark'))
  await expectAccessible(page, `${name}, dark`)
  await screenshot(page, file.replace('.png', '-dark.png'))
  await page.evaluate(() => (document.documentElement.dataset.theme = 'light'))
}

/** Signs in with the one-time link of the environment and tells a story step by step; the first that fails ends it. */
export async function openStory(name) {
  const link = process.env.PLUMBLINE_E2E_BASE
  if (!link) {
    console.error(`${name}: PLUMBLINE_E2E_BASE must hold a one-time link`)
    process.exit(2)
  }
  const browser = await openBrowser()
  const { page } = browser
  let doing = 'sign in'
  const step = async (title, play) => {
    doing = title
    await play()
    console.log(`ok  ${title}`)
  }
  const run = async (play) => {
    try {
      await page.goto(link)
      await page.getByRole('heading', { level: 1 }).waitFor()
      await play()
      if (browser.errors.length > 0) throw new Error(`the page reported errors: ${browser.errors.join('; ')}`)
      console.log(`${name}: passed`)
    } catch (error) {
      console.error(`${name}: failed at "${doing}"\n${error instanceof Error ? error.message : error}`)
      await screenshot(page, 'failure.png').catch(() => undefined)
      process.exitCode = 1
    } finally {
      await browser.close()
    }
  }
  return { page, origin: new URL(link).origin, step, run }
}

// The whole life of an AI Summary, against a server on this machine that speaks both shapes of
// language models: off, configured and tested, previewed, generated, cancelled, judged, refused
// for each reason, made stale by new sync data within one second, and gone when healthy.
//
//   PLUMBLINE_E2E_BASE      one-time link as `plumbline open` prints it
//   PLUMBLINE_E2E_PROGRAM   the program, with its data directory in PLUMBLINE_HOME
//   PLUMBLINE_E2E_ALIAS     an unhealthy connection whose file is PLUMBLINE_E2E_FILE
//   PLUMBLINE_E2E_PLANTED   what must be in no request: values of settings, and of rows in errors
//   PLUMBLINE_E2E_OUT       folder for screenshots (optional)
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { inBothThemes, openStory } from './browser.mjs'
import { startModels } from './models.mjs'

const { PLUMBLINE_E2E_PROGRAM: program, PLUMBLINE_E2E_ALIAS: alias, PLUMBLINE_E2E_FILE: file } = process.env
const planted = (process.env.PLUMBLINE_E2E_PLANTED ?? '').split(',').filter(Boolean)
const key = 'sk-planted-key-0123456789'
const plumbline = promisify(execFile).bind(null, program)
const models = await startModels(key)
const { page, origin, step, run } = await openStory('summary')

const card = page.locator('[data-summary]')
const state = (name) => page.locator(`[data-summary="${name}"]`).waitFor()
const press = (name) => page.getByRole('button', { name, exact: true }).click()
const detail = () => page.goto(`${origin}/connections/${alias}`)
/** A sync that fails is an outcome, not an error of the story. */
const sync = () => plumbline(['connection', 'sync', alias]).catch(() => undefined)

async function choose(model, provider = 'anthropic', more = []) {
  await plumbline(['summary', 'configure', '--provider', provider, '--address', models.address, '--model', model, '--secret', 'key=env:MODEL_KEY', ...more], {
    env: { ...process.env, MODEL_KEY: key },
  })
}

async function refused(model, code, says) {
  await choose(model)
  await page.getByRole('button', { name: /^(Generate summary|Generate again|Refresh)$/ }).click()
  await page.locator(`[data-problem="${code}"]`).waitFor()
  await card.getByText(says).waitFor()
  await page.locator('[data-explanation]').waitFor()
}

await run(async () => {
  await step('off: the card says so, and the built-in explanation stands', async () => {
    await detail()
    await state('none')
    await card.getByText('Off. A language model can explain').waitFor()
    await page.locator('[data-explanation]').waitFor()
    assert.equal(await card.getByRole('button').count(), 0)
    await inBothThemes(page, 'AI Summary, off', 'summary-off.png')
  })

  await step('Settings tests a model without storing it, then saves it', async () => {
    await card.getByRole('link', { name: 'Configure a model' }).click()
    const form = page.getByRole('form', { name: 'Model of the AI Summary' })
    await form.getByLabel('Address').fill('http://models.example.com')
    await form.getByLabel('Model').fill('slow')
    await form.getByLabel(/^Key/).fill(key)
    await press('Save')
    await form.getByText(/must begin with https/).first().waitFor()
    await form.getByLabel('Address').fill(models.address)
    await form.getByLabel('Model').fill('no-key')
    await press('Test')
    await page.locator('[data-tested="summary.credential"]').waitFor()
    await form.getByLabel('Model').fill('good')
    await press('Test')
    await page.locator('[data-tested="ok"]').waitFor()
    assert.equal(await page.locator('[data-model="on"]').count(), 0, 'a test has stored something')
    await form.getByLabel('Model').fill('slow')
    await press('Save')
    await page.locator('[data-model="on"]').waitFor()
    await inBothThemes(page, 'settings of the AI Summary', 'summary-settings.png')
  })

  await step('the preview is the request, and nothing private is in it', async () => {
    await detail()
    await press('Preview what is sent')
    const dialog = page.getByRole('dialog')
    await dialog.locator('[data-preview]').waitFor()
    await dialog.getByText('The body, byte for byte').click()
    await inBothThemes(page, 'preview', 'summary-preview.png')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  await step('generating shows progress and can be cancelled', async () => {
    await press('Generate summary')
    await state('generating')
    await card.locator('[data-characters]:not([data-characters="0"])').waitFor()
    await inBothThemes(page, 'generating', 'summary-generating.png')
    await press('Cancel')
    await state('cancelled')
    await card.getByText('Cancelled.').waitFor()
  })

  await step('the answer is shown with its evidence, the model and the person', async () => {
    const preview = JSON.parse((await plumbline(['summary', 'preview', alias, '--json'])).stdout)
    await press('Generate again')
    await state('generating')
    await card.locator('[data-characters]:not([data-characters="0"])').waitFor()
    models.release()
    await state('ready')
    await card.getByText('A row has fewer columns than the header.').waitFor()
    await card.getByText(/Written by the model slow/).waitFor()
    const link = card.getByRole('link', { name: /^Show the step / })
    assert.match((await link.getAttribute('href')) ?? '', /^\/runs\/.+\?step=/)
    assert.equal(models.asked.at(-1).body, preview.body, 'the preview is not what was sent')
    await inBothThemes(page, 'AI Summary', 'summary.png')
  })

  await step('a thumb with a reason is kept, and can be exported', async () => {
    await press('Not helpful')
    await page.locator('[data-verdict="down"]').waitFor()
    await card.getByLabel(/^Why/).fill('Which row?')
    const saved = page.waitForResponse((answer) => answer.url().endsWith('/summary/feedback') && answer.ok())
    await press('Save the reason')
    await saved
    await page.reload()
    await state('ready')
    assert.equal(await card.getByRole('button', { name: 'Not helpful' }).getAttribute('aria-pressed'), 'true')
    assert.equal(await card.getByLabel(/^Why/).inputValue(), 'Which row?')
    const lines = (await plumbline(['summary', 'feedback'])).stdout.trim().split('\n')
    assert.equal(lines.length, 1)
    assert.equal(JSON.parse(lines[0]).reason, 'Which row?')
  })

  await step('new sync data makes it stale within one second on the open page', async () => {
    await page.evaluate(() => {
      window.seen = {}
      new MutationObserver(() => {
        const now = document.querySelector('[data-summary]')?.getAttribute('data-summary')
        if (now && !(now in window.seen)) window.seen[now] = Date.now()
      }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-summary'] })
    })
    await sync()
    await state('stale')
    await page.getByRole('button', { name: 'Generate summary' }).waitFor()
    const { items } = JSON.parse((await plumbline(['run', 'list', alias, '--json'])).stdout)
    const took = (await page.evaluate(() => window.seen.stale)) - Date.parse(items[0].finished_at)
    console.log(`    stale ${took} ms after the run had ended`)
    assert.ok(took < 1000, `it took ${took} ms`)
    await card.getByText('New sync data was recorded').waitFor()
    await inBothThemes(page, 'stale', 'summary-stale.png')
  })

  await step('what does not pass is refused, and each failure says what to do', async () => {
    await refused('obeys', 'summary.refused', /evil\.example\.net/)
    await refused('leaks', 'summary.refused', /holds a secret/)
    await refused('prose', 'summary.refused', /not one JSON object/)
    await refused('busy', 'summary.rate_limited', /again in 42s/)
    await refused('no-key', 'summary.credential', /refuses the key/)
    await refused('elsewhere', 'summary.redirected', /redirects to another address/)
    await refused('garbage', 'summary.unreadable', /does not speak as/)
    await refused('cut-off', 'summary.cut_off', /broke off/)
    assert.equal(await page.getByText(key).count(), 0, 'the page shows the key')
    await choose('stalls', 'openai', ['--time-limit', '5s'])
    await press('Generate again')
    await page.locator('[data-problem="summary.time_limit"]').waitFor()
    await inBothThemes(page, 'failed', 'summary-failed.png')
  })

  await step('the other shape answers as well', async () => {
    await choose('good', 'openai')
    await press('Generate again')
    await state('ready')
    assert.equal(models.asked.at(-1).path, '/v1/chat/completions')
    assert.ok(models.asked.some(({ path }) => path === '/v1/messages'), 'one shape was never spoken')
  })

  await step('no request held a secret or a private value, and the key was in one header only', async () => {
    for (const { body, headers } of models.asked) {
      for (const private_ of [key, ...planted]) assert.ok(!body.includes(private_), `${private_} was sent`)
      assert.ok(headers.authorization === `Bearer ${key}` || headers['x-api-key'] === key)
    }
    assert.ok(models.asked.some(({ body }) => body.includes('never instructions')), 'no request declares what is data')
  })

  await step('a healthy connection has no card', async () => {
    const rows = (await readFile(file, 'utf8')).trim().split('\n')
    await writeFile(file, rows.filter((row) => row.split(',').length === rows[0].split(',').length).join('\n') + '\n')
    await sync()
    await card.waitFor({ state: 'detached' })
    await page.locator('[data-explanation]').waitFor({ state: 'detached' })
  })
})
await models.close()

// What the screens ask of the agent while a large list is read: a list of accounts and the page of the connection are open.
// build/e2e.sh makes the connection, which has 300,000 rows.
//
//   PLUMBLINE_E2E_BASE     one-time link as `plumbline open` prints it
//   PLUMBLINE_E2E_OUT      folder for screenshots (optional)
//   PLUMBLINE_E2E_BROWSER  Chromium to use (default /usr/bin/chromium)
import assert from 'node:assert/strict'
import { inBothThemes, openStory } from './browser.mjs'

const most = 2 // requests a second, of both pages together
const story = await openStory('traffic')
const { page, origin, step } = story
const asked = []

await story.run(async () => {
  const accounts = await page.context().newPage()
  const watched = (one) => one.on('request', (request) => request.url().includes('/api/') && asked.push({ at: Date.now(), what: nameOf(request) }))

  await step('a list of accounts and the page of a connection are open', async () => {
    await accounts.goto(`${origin}/accounts/past`)
    await accounts.getByRole('grid', { name: 'Records' }).waitFor()
    await page.goto(`${origin}/connections/everyone`)
    await page.getByText('No steps yet').waitFor()
    for (const one of [page, accounts]) await one.locator('header [data-live="connected"]').waitFor()
  })

  let run
  await step('a sync of 300,000 records is followed to its end', async () => {
    for (const one of [page, accounts]) watched(one)
    const started = await page.request.post(`${origin}/api/v1/connections/everyone/sync`, { headers: { 'x-plumbline-request': '1' }, data: {} })
    const { id } = await started.json()
    await page.locator(`[data-run-status="running"][data-run-id="${id}"]`).waitFor()
    await inBothThemes(page, 'a run that goes on', 'traffic.png')
    await page.locator(`[data-run-status="succeeded"][data-run-id="${id}"]`).waitFor({ timeout: 120_000 })
    run = await (await page.request.get(`${origin}/api/v1/runs/${id}`)).json()
    await page.locator('[data-stream="account"]').getByText('300,000', { exact: true }).waitFor()
    await accounts.getByText(/^300,0\d\d records/).waitFor()
  })

  await step(`it cost at most ${most} requests a second, and no list before its end`, () => {
    const [begun, ended] = [Date.parse(run.started_at), Date.parse(run.finished_at)]
    const during = asked.filter(({ at }) => at >= begun && at < ended).map(({ what }) => what)
    const seconds = (ended - begun) / 1000
    const told = `${during.length} requests in ${seconds.toFixed(1)} s: ${tally(during)}`
    console.log(`    ${told}`)
    assert.ok(seconds > 2, `the sync was over too soon to tell: ${told}`)
    assert.ok(during.length <= most * seconds, told)
    assert.ok(during.includes('GET runs/…') || during.includes('GET connections/everyone'), `nothing followed the run: ${told}`)
    assert.ok(!during.some((what) => what.endsWith('records')), told)
    assert.ok(asked.some(({ at, what }) => at >= ended && what === 'GET records'), 'the list did not follow the end of the run')
  })
  await accounts.close()
})

function nameOf(request) {
  const path = new URL(request.url()).pathname.replace('/api/v1/', '')
  return `${request.method()} ${path.replace(/[0-9A-Z]{26}/, '…')}`
}

function tally(names) {
  const counts = new Map()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, n]) => `${n} ${name}`).join(', ')
}

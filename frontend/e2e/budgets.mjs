// Measures what the screens promise against a real agent, and prints one JSON object a line
// with the figure and its bar. It fails when a figure is over its bar. build/budgets.sh makes
// the connections: `everyone` with PLUMBLINE_E2E_ACCOUNTS accounts, and the others.
//
//   PLUMBLINE_E2E_BASE      one-time link as `plumbline open` prints it
//   PLUMBLINE_E2E_ACCOUNTS  how many accounts there are (100,000)
//   PLUMBLINE_E2E_ONLY      measure only these: load, accounts, events, hour, connections
//   PLUMBLINE_E2E_BROWSER   Chromium to use (default /usr/bin/chromium)
import { loadavg } from 'node:os'
import { openBrowser } from './browser.mjs'

const link = process.env.PLUMBLINE_E2E_BASE
if (!link) {
  console.error('budgets: PLUMBLINE_E2E_BASE must hold a one-time link')
  process.exit(2)
}
const origin = new URL(link).origin
const accounts = Number(process.env.PLUMBLINE_E2E_ACCOUNTS ?? 100_000)
const only = (process.env.PLUMBLINE_E2E_ONLY ?? '').split(',').filter(Boolean)

const browser = await openBrowser()
const { page } = browser
const devtools = await page.context().newCDPSession(page)
let over = 0

/** Prints a figure. Without a bar it only explains another one. */
function print(name, figure, unit, bar, note) {
  const within = bar === undefined || figure <= bar
  if (!within) over++
  const rounded = Math.round(figure * 10) / 10
  console.log(JSON.stringify({ name, figure: rounded, unit, ...(bar !== undefined && { bar, ok: within }), note, load: Math.round(loadavg()[0] * 10) / 10 }))
}

const sorted = (list) => [...list].sort((a, b) => a - b)
const share = (list, of) => sorted(list)[Math.min(list.length - 1, Math.max(0, Math.ceil(list.length * of) - 1))] ?? NaN
const times = (list) => `of ${list.length}: ${sorted(list).map(Math.round).join(' ')}`
const write = (path, data = {}) => page.request.post(`${origin}/api/v1${path}`, { headers: { 'x-plumbline-request': '1' }, data })
/** Goes to a screen as a person does, without loading the page. */
const go = (on, path) =>
  on.evaluate((to) => {
    history.pushState(null, '', to)
    dispatchEvent(new PopStateEvent('popstate'))
  }, path)

/** Milliseconds from doing something in the page until a selector matches and is painted. */
const until = (act, selector) =>
  page.evaluate(
    async ({ act, selector }) => {
      const begun = performance.now()
      const element = act.click ? document.querySelector(act.click) : undefined
      if (act.click && !element) throw new Error(`no ${act.click}`)
      const painted = new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(new Error(`waited in vain for ${selector}`)), 20_000)
        const look = () => {
          if (!document.querySelector(selector)) return false
          watch.disconnect()
          clearTimeout(late)
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)))
          return true
        }
        const watch = new MutationObserver(look)
        watch.observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true })
      })
      element?.click()
      return painted
    },
    { act, selector },
  )

async function load() {
  const sizes = { sent: 0, whole: 0 }
  const sizeOf = new Map()
  await devtools.send('Network.enable')
  devtools.on('Network.responseReceived', ({ requestId, response }) => sizeOf.set(requestId, { url: response.url, coding: response.headers['Content-Encoding'] ?? response.headers['content-encoding'] }))
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => Object.assign(sizeOf.get(requestId) ?? {}, { encodedDataLength }))
  const paints = []
  for (let i = 0; i < 7; i++) {
    sizeOf.clear()
    await devtools.send('Network.clearBrowserCache')
    await page.goto(`${origin}/`)
    await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
    const paint = () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime
    await page.waitForFunction(paint)
    paints.push(await page.evaluate(paint))
  }
  const html = await (await page.request.get(`${origin}/`)).text()
  const first = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map((match) => origin + match[1])
  const plain = []
  for (const url of first) {
    const seen = [...sizeOf.values()].find((one) => one.url === url)
    sizes.sent += seen?.encodedDataLength ?? NaN
    sizes.whole += Buffer.byteLength(await (await page.request.get(url)).text())
    if (!seen?.coding && (await (await page.request.get(url)).body()).length > 1024) plain.push(url)
  }
  print('initial_js', sizes.sent / 1000, 'kB', 200, `${first.length} files as sent, of ${Math.round(sizes.whole / 1000)} kB`)
  print('initial_js_uncompressed', plain.length, 'files', 0, 'files of the first load above 1 kB that are sent without compression')
  print('first_contentful_paint', share(paints, 0.5), 'ms', 400, `median of cold loads, ${times(paints)}`)
}

/** Collects how long the page took from each key and click to the next paint. */
const watchInteractions = () =>
  page.evaluate(() => {
    window.interactions = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (entry.interactionId > 0) window.interactions.push([entry.interactionId, entry.duration])
    }).observe({ type: 'event', durationThreshold: 16, buffered: false })
  })

async function accountList() {
  await page.goto(`${origin}/accounts`)
  const grid = page.getByRole('grid')
  await grid.waitFor()
  const rows = () => page.evaluate(() => Number(document.querySelector('[role="grid"]')?.getAttribute('aria-rowcount')) - 1)
  for (let i = 0; i < 600 && (await rows()) < accounts; i++) await page.waitForTimeout(200)
  const total = await rows()
  await watchInteractions()
  const filled = '[role="row"][aria-rowindex="2"]:not([aria-busy])'
  const search = page.getByRole('searchbox').first()
  for (const word of ['person 7', 'p99', 'example', 'zzzz']) {
    await search.click()
    await page.keyboard.type(word, { delay: 120 })
    await page.waitForTimeout(500)
    await page.keyboard.press('Escape')
    await page.locator(filled).waitFor()
  }
  for (let i = 0; i < 6; i++) {
    await page.getByRole('columnheader').getByRole('button').nth(i % 2).click()
    await page.waitForTimeout(500)
    await page.locator(filled).waitFor()
  }
  for (let i = 2; i < 8; i++) {
    await page.locator(`[role="row"][aria-rowindex="${i}"] [aria-colindex="2"]`).click()
    await page.waitForTimeout(400)
  }
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press('j')
    await page.waitForTimeout(150)
  }
  const byId = new Map((await page.evaluate(() => window.interactions)).map(([id]) => [id, 0]))
  for (const [id, duration] of await page.evaluate(() => window.interactions)) byId.set(id, Math.max(byId.get(id), duration))
  const took = [...byId.values()]
  print('interaction', share(took, 0.98), 'ms', 150, `98 % of keys and clicks over ${total} accounts, to the next paint; ${times(took)}`)

  const opened = []
  for (let i = 10; i < 16; i++) {
    await page.keyboard.press('Escape')
    await page.waitForTimeout(200)
    opened.push(await until({ click: `[role="row"][aria-rowindex="${i}"] [aria-colindex="2"]` }, `[role="row"][aria-rowindex="${i}"][aria-selected="true"]`))
  }
  print('open_a_row', share(opened, 0.5), 'ms', 150, `until the row is open, median ${times(opened)}`)
  await page.keyboard.press('Escape')
  await scrolling(total)
}

/** Processor time that the page's thread has taken, in milliseconds: the load of the machine is not in it. */
async function worked() {
  const { metrics } = await devtools.send('Performance.getMetrics')
  return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN)
}

async function scrolling(total) {
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  await page.goto(`${origin}/accounts`)
  await page.locator('[role="row"][aria-rowindex="2"]:not([aria-busy])').waitFor()
  const box = await page.locator('[data-grid-box]').boundingBox()
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.evaluate(() => {
    window.frames_ = []
    let before = performance.now()
    const frame = (now) => {
      window.frames_.push(now - before)
      before = now
      window.scrolling_ = requestAnimationFrame(frame)
    }
    window.scrolling_ = requestAnimationFrame(frame)
  })
  const before = await worked()
  for (let i = 0; i < 120; i++) {
    await page.mouse.wheel(0, 240)
    await page.waitForTimeout(16)
  }
  const frames = (await page.evaluate(() => (cancelAnimationFrame(window.scrolling_), window.frames_))).slice(2)
  print('scroll_frame', share(frames, 0.95), 'ms', 33, `95 % of ${frames.length} frames; median ${Math.round(share(frames, 0.5))}, worst ${Math.round(Math.max(...frames))}; ${(((await worked()) - before) / frames.length).toFixed(1)} ms of processor time a frame`)
  await page.evaluate(() => {
    const grid = document.querySelector('[data-grid-box]')
    grid.scrollTop = grid.scrollHeight
  })
  const last = `[role="row"][aria-rowindex="${total + 1}"]:not([aria-busy])`
  const reached = await page.locator(last).waitFor({ timeout: 10_000 }).then(() => total, () => 0)
  print('scroll_bar_misses', total - reached, 'rows', 0, `rows out of its reach of ${total}: its end shows the last one`)
}

async function events() {
  await page.goto(`${origin}/connections?q=small-001`)
  const row = 'tr[data-alias="small-001"]'
  await page.locator(row).waitFor()
  await page.locator('header [data-live="connected"]').waitFor()
  const seen = []
  for (let i = 0; i < 12; i++) {
    const verb = i % 2 === 0 ? 'pause' : 'resume'
    const paused = `${row} [data-health="paused"]`
    const pixel = page.evaluate(
      ({ row, paused, there }) =>
        new Promise((resolve, reject) => {
          const late = setTimeout(() => reject(new Error('the page did not follow')), 20_000)
          const watch = new MutationObserver(() => {
            if (!document.querySelector(row) || (document.querySelector(paused) !== null) !== there) return
            watch.disconnect()
            clearTimeout(late)
            requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now())))
          })
          watch.observe(document.documentElement, { subtree: true, childList: true, attributes: true })
        }),
      { row, paused, there: verb === 'pause' },
    )
    const asked = Date.now()
    const answer = await write(`/connections/small-001/${verb}`)
    if (!answer.ok()) throw new Error(`${verb}: ${answer.status()} ${await answer.text()}`)
    seen.push((await pixel) - asked)
    await page.waitForTimeout(300)
  }
  print('event_to_pixel', share(seen, 0.95), 'ms', 300, `from asking for a pause until the row shows it, 95 % ${times(seen)}`)
}

/**
 * What a screen that is left open sees in an hour: connections that run, some edits, and a person who looks around.
 * The clock of the page runs on four minutes in each of the fifteen rounds, so that what it keeps for a while is let
 * go as it would be.
 */
async function hour() {
  const open = await page.context().newPage()
  const tools = await page.context().newCDPSession(open)
  await open.clock.install()
  await open.goto(`${origin}/`)
  await open.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  await tools.send('HeapProfiler.enable')
  const heap = async () => {
    for (let i = 0; i < 3; i++) await tools.send('HeapProfiler.collectGarbage')
    return (await tools.send('Runtime.getHeapUsage')).usedSize
  }
  const screens = ['/', '/connections', '/accounts', '/connections/small-001', '/people', '/changes', '/activity', '/connections/available']
  const around = async () => {
    for (const screen of screens) {
      await go(open, screen)
      await open.getByRole('heading', { level: 1 }).first().waitFor()
      await open.waitForTimeout(250)
    }
    for (const verb of ['pause', 'resume', 'sync']) await write(`/connections/small-002/${verb}`)
    await write('/connections/small-001/sync')
    await open.waitForTimeout(500)
    await go(open, '/')
    await open.clock.fastForward('04:00')
    await open.waitForTimeout(500)
  }
  const measured = []
  for (let i = 0; i < 3; i++) await around() // every screen has been loaded then
  measured.push(await heap())
  for (let i = 0; i < 15; i++) {
    await around()
    if (i % 5 === 4) measured.push(await heap())
  }
  const words = measured.map((bytes) => (bytes / 1e6).toFixed(2)).join(' ')
  print('heap_growth', (measured.at(-1) - measured[0]) / 1e6, 'MB', 1, `over ${screens.length * 15} screens and 60 writes with their events; MB every 20 minutes: ${words}`)
  await open.close()
}

async function connections() {
  const { matched } = await (await page.request.get(`${origin}/api/v1/connections?limit=1`)).json()
  const walked = []
  await page.goto(`${origin}/`)
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  const toList = 'nav a[href="/connections"]'
  for (let i = 0; i < 7; i++) {
    await page.waitForTimeout(500)
    walked.push(await until({ click: toList }, 'tr[data-alias]'))
    await go(page, '/activity')
    await page.getByRole('heading', { level: 1, name: 'Activity' }).waitFor()
  }
  print('connections_to_rows', share(walked, 0.5), 'ms', 300, `from the click until rows of ${matched} connections, median ${times(walked)}`)
  const loads = []
  for (let i = 0; i < 5; i++) {
    await page.goto(`${origin}/connections`, { waitUntil: 'commit' })
    await page.locator('tr[data-alias]').first().waitFor()
    loads.push(await page.evaluate(() => performance.now()))
  }
  print('connections_load_to_rows', share(loads, 0.5), 'ms', undefined, `the same by loading the page, median ${times(loads)}`)
}

const parts = { load, accounts: accountList, events, hour, connections }
try {
  await page.goto(link)
  await page.getByRole('heading', { level: 1 }).waitFor()
  for (const [name, measure] of Object.entries(parts)) if (only.length === 0 || only.includes(name)) await measure()
  if (browser.errors.length > 0) throw new Error(`the page reported errors: ${browser.errors.join('; ')}`)
  if (over > 0) {
    console.error(`budgets: ${over} figures are over their bar`)
    process.exitCode = 1
  }
} catch (error) {
  console.error(`budgets: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
} finally {
  await browser.close()
}

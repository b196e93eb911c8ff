// Every screen in every state, theme and width: it is looked at by axe, it fits the width, and a picture is kept.
// screens/list.mjs says which there are.
//
//   PLUMBLINE_E2E_BASE     one-time link of `plumbline demo`
//   PLUMBLINE_E2E_EMPTY    one-time link of an agent that knows nothing
//   PLUMBLINE_E2E_AGENT    the process that serves the demo; the story ends it
//   PLUMBLINE_E2E_DIR      a directory of the machine, for a file to connect
//   PLUMBLINE_E2E_EVERY    1: every theme and width of each state; else one of them for each, in turn
//   PLUMBLINE_E2E_ONLY     states whose name holds this, as in "accounts empty" (optional)
//   PLUMBLINE_E2E_OUT      folder for screenshots (optional)
//   PLUMBLINE_E2E_BROWSER  Chromium to use (default /usr/bin/chromium)
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openBrowser } from './browser.mjs'
import { learn } from './screens/facts.mjs'
import { screens } from './screens/list.mjs'
import { bringIntoSight, expectToFindSmallTargets, faultsOf, follow, open, settle } from './screens/look.mjs'
import { expectEveryRoute } from './screens/routes.mjs'

const {
  PLUMBLINE_E2E_BASE: base = '', PLUMBLINE_E2E_EMPTY: empty = '', PLUMBLINE_E2E_DIR: dir = '', PLUMBLINE_E2E_OUT: out = '', PLUMBLINE_E2E_ONLY: only = '',
} = process.env
const agent = Number(process.env.PLUMBLINE_E2E_AGENT)
const every = process.env.PLUMBLINE_E2E_EVERY === '1'
if (!base || !empty || !dir || !agent) {
  console.error('screens: PLUMBLINE_E2E_BASE, PLUMBLINE_E2E_EMPTY, PLUMBLINE_E2E_DIR and PLUMBLINE_E2E_AGENT must be set')
  process.exit(2)
}

const looks = [1440, 1024, 400].flatMap((width) => ['light', 'dark'].map((theme) => ({ width, theme })))
/** A machine that does something else, too, is slow and not wrong; in milliseconds. */
const slow = 90_000
const folder = join(out, 'screens')
const faults = []
const pictures = []
let looked = 0

const nameOf = (route) => (route === '/' ? 'home' : route === '' ? 'none' : route.slice(1).replaceAll(/[/:?*]+/g, '-').replace(/-+$/, ''))

await expectEveryRoute()
if (out) await mkdir(folder, { recursive: true })
const begun = performance.now()
const browsers = { demo: await openBrowser(), empty: await openBrowser(), stranger: await openBrowser() }
const origins = { demo: new URL(base).origin, empty: new URL(empty).origin, stranger: new URL(base).origin }
for (const { page } of Object.values(browsers)) {
  page.setDefaultTimeout(slow)
  follow(page)
}
try {
  await expectToFindSmallTargets(browsers.stranger.page)
  await signIn(browsers.demo.page, base)
  await signIn(browsers.empty.page, empty)
  const facts = await learn(browsers.demo.page, origins.demo, dir)
  const all = screens.flatMap(({ route, states }) => states.map((one) => ({ ...one, screen: nameOf(route), name: `${nameOf(route)} ${one.state}` }))).filter(({ name }) => name.includes(only))
  let turn = 0
  const wanted = () => (every ? looks : [looks[turn++ % looks.length]])
  const online = all.filter(({ offline }) => !offline)
  for (const [i, one] of online.entries()) {
    const { page } = browsers[one.on ?? 'demo']
    await visit(one, page, facts, () => show(one, page, wanted()))
    if (one.screen !== online[i + 1]?.screen) console.log(`${one.screen}: ${standing()} so far`)
  }
  const left = await openAll(all.filter(({ offline }) => offline), facts)
  if (left.length > 0) process.kill(agent, 'SIGTERM')
  for (const { one, page } of left) {
    await guarded(one, async () => {
      await page.locator(one.see).first().waitFor()
      await show(one, page, wanted())
    })
    await page.close()
  }
  for (const { errors } of Object.values(browsers)) faults.push(...errors)
} finally {
  for (const browser of Object.values(browsers)) await browser.close()
}
if (out) await writeFile(join(folder, 'index.html'), sheet())
const states = screens.reduce((sum, one) => sum + one.states.length, 0)
console.log(`screens: ${screens.length} screens, ${states} states, ${standing()}`)
if (faults.length > 0) {
  console.error(faults.join('\n'))
  process.exitCode = 1
}

function standing() {
  return `${looked} looks, ${faults.length} faults in ${Math.round((performance.now() - begun) / 1000)} s`
}

async function signIn(page, link) {
  await page.goto(link)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

/** Brings a page into a state, has it looked at, and takes away what was put in the way of its requests. */
async function visit(one, page, facts, look) {
  await guarded(one, async () => {
    await page.setViewportSize({ width: 1440, height: 900 })
    for (const path of one.fails ?? []) await page.route(apiPath(path), refuse)
    for (const path of one.silent ?? []) await page.route(apiPath(path), () => undefined)
    const path = typeof one.path === 'function' ? one.path(facts) : one.path
    await open(page, origins[one.on ?? 'demo'] + path)
    if (one.act) {
      await page.locator('header [data-live=connected]').waitFor()
      await one.act(page, facts)
    }
    await page.locator(one.see).filter({ visible: true }).first().waitFor()
    await look()
  })
  await page.unrouteAll({ behavior: 'ignoreErrors' })
}

/** A fault of one state does not keep the others from being looked at. */
async function guarded(one, work) {
  try {
    await work()
  } catch (error) {
    faults.push(`${one.name}: ${error instanceof Error ? error.message.split('\n').slice(0, 3).join(' ') : error}`)
  }
}

function apiPath(path) {
  return new RegExp(`/api/v1/${path}`)
}

function refuse(route) {
  return route.fulfill({
    status: 500, contentType: 'application/problem+json',
    body: JSON.stringify({ status: 500, code: 'storage.broken', detail: 'the journal could not be read', remedy: 'Look at the disk with `plumbline doctor`.' }),
  })
}

/** Opens a page for each state that begins when the agent ends. */
async function openAll(states, facts) {
  const opened = []
  for (const one of states) {
    const page = await browsers.demo.page.context().newPage()
    page.setDefaultTimeout(slow)
    follow(page)
    await guarded(one, async () => {
      await page.goto(origins.demo + (typeof one.path === 'function' ? one.path(facts) : one.path))
      await page.locator('header [data-live=connected]').waitFor()
      await page.locator('main h1').first().waitFor()
      opened.push({ one, page })
    })
  }
  return opened
}

async function show(one, page, wanted) {
  await page.bringToFront()
  for (const { width, theme } of wanted) {
    await page.setViewportSize({ width, height: width === 400 ? 860 : 900 })
    await page.evaluate((name) => (document.documentElement.dataset.theme = name), theme)
    await bringIntoSight(page, one.see)
    await settle(page, { loading: Boolean(one.silent) })
    // What came meanwhile may have moved it.
    await bringIntoSight(page, one.see)
    if (out) {
      const file = `${one.name.replace(' ', '--')}--${width}-${theme}.png`
      await page.screenshot({ path: join(folder, file), animations: 'disabled', caret: 'hide' })
      pictures.push(file)
    }
    faults.push(...(await faultsOf(page)).map((fault) => `${one.name}, ${theme}, ${width} px: ${fault}`))
    looked++
  }
}

/** All pictures on one page. */
function sheet() {
  const figure = (file) => `<figure><img loading="lazy" src="${file}" alt=""><figcaption>${file.replace('.png', '')}</figcaption></figure>`
  return `<!doctype html><meta charset="utf-8"><title>Screens</title><style>body{font:14px sans-serif;display:flex;flex-wrap:wrap;gap:1rem}
figure{margin:0}img{height:24rem;border:1px solid #999}</style>${pictures.map(figure).join('\n')}\n`
}

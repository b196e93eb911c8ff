// How a screen is looked at: once it stands still, in pictures and by axe.
import axe from 'axe-core'
import { tags } from '../browser.mjs'

/** How long a screen may take until it stands still, in milliseconds. */
const patience = 60_000
/** So long nothing of it may change before it counts as still. */
const calm = 120

const flying = new WeakMap()

/** Counts the requests of a page from now on, but for the one that waits for news. */
export function follow(page) {
  const requests = new Set()
  flying.set(page, requests)
  page.on('request', (request) => /\/api\/v1\/events\b/.test(request.url()) || requests.add(request))
  page.on('requestfinished', (request) => requests.delete(request))
  page.on('requestfailed', (request) => requests.delete(request))
}

/** Goes to an address; what was asked for before is not waited for. */
export async function open(page, address) {
  flying.get(page)?.clear()
  await page.goto(address)
}

/**
 * Waits until a screen has what it asked for and nothing on it moves: no request is on its way, nothing is marked as
 * loading, the fonts are there, no animation runs, and its elements stay as they are. A screen that is meant to be
 * loading has its skeletons and its requests; of it only the rest is waited for.
 */
export async function settle(page, { loading = false } = {}) {
  const end = Date.now() + patience
  for (;;) {
    await page.evaluate(() => document.fonts.ready.then(() => undefined))
    const left = await page.evaluate(unrest, { loading, calm })
    const asked = loading ? [] : [...(flying.get(page) ?? [])].map((request) => new URL(request.url()).pathname)
    if (left.length === 0 && asked.length === 0) return
    if (Date.now() > end) throw new Error(`the screen does not come to rest: ${[...left, ...asked].slice(0, 5).join(', ')}`)
  }
}

/** In the page: what keeps it from being at rest, after a moment in which its elements could have changed. */
async function unrest({ loading, calm }) {
  let changed = 0
  const watch = new MutationObserver((changes) => (changed += changes.length))
  watch.observe(document.documentElement, { subtree: true, childList: true, attributes: true, characterData: true })
  await new Promise((resolve) => setTimeout(resolve, calm))
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  watch.disconnect()
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0
  const marks = loading ? [] : [...document.querySelectorAll('.skeleton, [aria-busy=true]')].filter(seen)
  const moving = document.getAnimations().filter(({ playState }) => playState === 'running')
  return [
    ...(changed > 0 ? [`${changed} changes`] : []),
    ...(marks.length > 0 ? [`${marks.length} marks of loading`] : []),
    ...(moving.length > 0 ? [`${moving.length} animations`] : []),
    ...(document.fonts.status === 'loaded' ? [] : ['fonts']),
  ]
}

/** Where a screen is looked at: from its top, or as little below as brings into sight what a person sees there. */
export async function bringIntoSight(page, selector) {
  await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }))
  const element = page.locator(selector).filter({ visible: true }).first()
  await element.waitFor()
  await element.evaluate((one) => one.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' }))
}

/**
 * What axe holds against a page, and whether it is wider than the screen.
 *
 * A bar that stays while the page scrolls covers a part of what lies below it at that moment, and axe finds that part
 * too small to be pressed. So a target that is too small is looked at once more in the middle of the screen, where a
 * person would bring it: what is small there is a fault. An element that has gone meanwhile was none of a page at
 * rest; the page is looked at again then.
 */
export async function faultsOf(page, again = true) {
  await bringAxe(page)
  const { found, beyond } = await page.evaluate(async (tags) => {
    const told = ({ violations }) =>
      violations.flatMap((v) => v.nodes.map((n) => ({ rule: v.id, target: n.target.join(' '), why: n.failureSummary?.split('\n').at(1)?.trim() ?? v.help })))
    const frames = () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
    const found = []
    for (const fault of told(await window.axe.run(document, { runOnly: tags, resultTypes: ['violations'] }))) {
      const element = document.querySelector(fault.target)
      if (!element) {
        found.push({ ...fault, gone: true })
        continue
      }
      if (fault.rule !== 'target-size') {
        found.push(fault)
        continue
      }
      element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' })
      await frames()
      found.push(...told(await window.axe.run(element, { runOnly: { type: 'rule', values: [fault.rule] }, resultTypes: ['violations'] })))
    }
    return { found, beyond: document.documentElement.scrollWidth - window.innerWidth }
  }, tags)
  if (again && found.some(({ gone }) => gone)) {
    await settle(page)
    return faultsOf(page, false)
  }
  const faults = found.map(({ rule, target, why, gone }) => `${rule}: ${target}: ${gone ? 'it has gone' : why}`)
  if (beyond > 0) faults.push(`the page is ${beyond} px wider than the screen`)
  return faults
}

const bringAxe = async (page) => (await page.evaluate(() => 'axe' in window)) || (await page.evaluate(axe.source))

const stacked = (...names) => names.map((name) => `<button style="display:block;width:100px;height:24px;margin:0;padding:0;border:0;background:#fff;color:#000">${name}</button>`).join('')
const small = (name) => `<button aria-label="${name}" style="width:10px;height:10px;margin:0;padding:0;border:0;background:#000"></button>`

/** A page with two buttons that are too small, and one that only lies below a bar at this place of the page. */
const sample = `<!doctype html><html lang="en"><title>Sample</title><body style="margin:0"><main><h1>Sample</h1>
<div style="position:sticky;top:0;z-index:1"><button style="width:100%;height:40px;border:0;background:#fff;color:#000">Bar</button></div>
<div style="height:300px"></div>${stacked('Below the bar', 'Clear of it')}<div>${small('Small')}${small('Beside')}</div>
<div style="height:3000px"></div></main></body></html>`

/** Throws unless looking finds buttons of 10 pixels and only those. */
export async function expectToFindSmallTargets(page) {
  await page.setContent(sample)
  await page.evaluate(() => {
    const [, below] = document.querySelectorAll('button')
    window.scrollTo(0, below.getBoundingClientRect().top + window.scrollY - 28)
  })
  await bringAxe(page)
  const atOnce = await page.evaluate(async () => (await window.axe.run(document, { runOnly: ['wcag22aa'] })).violations.flatMap((v) => v.nodes.map((n) => n.target.join(' '))).length)
  const faults = await faultsOf(page)
  if (atOnce !== 3) throw new Error(`the sample has ${atOnce} small targets at its place, and should have 3: it shows nothing`)
  if (faults.length !== 2 || faults.some((fault) => !fault.startsWith('target-size: '))) throw new Error(`looking found ${faults.length} faults of 2 in the sample: ${faults.join('; ')}`)
}

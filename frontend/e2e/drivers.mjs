// Two ways to use a page, behind the same words, so that a journey is written once.
//
// Both press, type and choose only what is shown and enabled, and neither sets the focus by program:
// `mouse` clicks where a person would click, `keys` has nothing but a keyboard. What the keyboard
// cannot reach, and a press after which the focus is nowhere, fails the journey.

/** More strokes than any screen needs to come from one end to the other. */
const farthest = 400

export const drivers = { mouse, keys }

export function mouse(page) {
  const fill = async (field, text) => {
    await field.click()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type(text)
  }
  return {
    name: 'mouse',
    press: (target) => target.click(),
    type: fill,
    /** A day into the field for one: its parts, from the first. */
    async date(field, day) {
      await field.click({ position: { x: 14, y: 14 } })
      await typeDay(page, day)
    },
    // The list that a closed select opens belongs to the system, not to the page.
    choose: (select, title) => select.selectOption({ label: title }),
    async go(place) {
      await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: new RegExp(`^${place}`) }).click()
    },
    search: (field, text) => fill(field, text),
    open: (row) => row.click(),
    async act(row, title) {
      await row.getByRole('button', { name: /^Actions for/ }).click()
      await page.getByRole('menuitem', { name: title }).click()
    },
    export: () => page.getByRole('button', { name: 'Export', exact: true }).click(),
    settled: async () => undefined,
  }
}

const places = { Home: 'h', Connections: 'c', Accounts: 'a', People: 'p', Changes: 'd', Tests: 't', Activity: 'l', Settings: 's' }

export function keys(page) {
  const hit = (key) => page.keyboard.press(key)

  /** Moves the focus to an element as a person without a mouse does. */
  async function reach(target) {
    await target.waitFor()
    let at = await whereIs(target)
    const seen = []
    for (let strokes = 0; !at.there; strokes++) {
      if (strokes === farthest) throw new Error(`the keyboard does not reach ${target}; it went through ${tell(seen)}`)
      seen.push(at.focused)
      await hit(at.key)
      at = await whereIs(target)
    }
    await inSight(target)
  }

  /** Waits until the focus is on something of the page: whoever uses no mouse is lost without it. */
  async function settled(after) {
    await page.waitForFunction(() => document.activeElement !== null && document.activeElement !== document.body, null, { timeout: 5_000 }).catch(() => {
      throw new Error(`the focus is nowhere after ${after}`)
    })
  }

  async function press(target) {
    await reach(target)
    await untilEnabled(target)
    const name = await target.evaluate((element) => element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 60) ?? '')
    const boxes = await target.evaluate((element) => element.matches('input[type=checkbox], input[type=radio]'))
    await hit(boxes ? 'Space' : 'Enter')
    await settled(`pressing “${name}”`)
  }

  async function type(field, text) {
    await reach(field)
    await hit('ControlOrMeta+a')
    await page.keyboard.type(text)
  }

  return {
    name: 'keys',
    press,
    type,
    async date(field, day) {
      await reach(field)
      await typeDay(page, day)
    },
    async choose(select, title) {
      await reach(select)
      const { from, to } = await select.evaluate((list, wanted) => {
        const all = [...list.options].filter((option) => !option.disabled)
        return { from: all.indexOf(list.selectedOptions[0]), to: all.findIndex((option) => option.text === wanted) }
      }, title)
      if (to < 0) throw new Error(`${select} has no choice ${title}`)
      for (let at = from; at < to; at++) await hit('ArrowDown')
      for (let at = from; at > to; at--) await hit('ArrowUp')
    },
    async go(place) {
      await hit('g')
      await hit(places[place])
      await page.getByRole('heading', { level: 1 }).waitFor()
      await settled(`going to ${place}`)
    },
    async search(field, text) {
      await hit('/')
      await page.waitForFunction((input) => document.activeElement === input, await field.elementHandle())
      await hit('ControlOrMeta+a')
      await page.keyboard.type(text)
    },
    async open(row) {
      await reach(row)
      await hit('Enter')
      await settled('opening a row')
    },
    async act(row, title) {
      await press(row.getByRole('button', { name: /^Actions for/ }))
      await press(page.getByRole('menuitem', { name: title }))
    },
    async export() {
      await hit('e')
      await page.getByRole('dialog').waitFor()
      await settled('the key for an export')
    },
    settled,
  }
}

/** Where the focus is, seen from an element, and the key that brings it nearer. */
function whereIs(target) {
  return target.evaluate((element) => {
    const has = document.activeElement ?? document.body
    const focused = has === document.body ? 'nothing' : (has.getAttribute('aria-label') ?? has.textContent?.trim().slice(0, 30) ?? has.tagName)
    const key = () => {
      const stop = stopOf(element)
      if (stop !== element && stop.contains(has)) return inside(element, has)
      return stop.compareDocumentPosition(has) & Node.DOCUMENT_POSITION_FOLLOWING ? 'Shift+Tab' : 'Tab'
    }
    return has === element ? { there: true, focused } : { there: false, focused, key: key() }

    /** What Tab stops at on the way to an element: itself, or the group that it is a part of. */
    function stopOf(one) {
      if (one.matches('[role=menuitem], [role=menuitemcheckbox], [role=menuitemradio]')) return one.closest('[role=menu]') ?? one
      if (one.matches('[role=row]')) return one.closest('[role=grid]') ?? one
      if (one.matches('input[type=radio]')) return one.closest('fieldset, [role=group], [role=radiogroup]') ?? one
      return one
    }
    /** The key that goes on inside such a group. */
    function inside(one, from) {
      if (one.matches('[role=row]')) {
        const to = Number(one.getAttribute('aria-rowindex'))
        return Number(from.closest('[role=row]')?.getAttribute('aria-rowindex') ?? 0) > to ? 'ArrowUp' : 'ArrowDown'
      }
      return one.compareDocumentPosition(from) & Node.DOCUMENT_POSITION_FOLLOWING ? 'ArrowUp' : 'ArrowDown'
    }
  })
}

/** What has the focus is in the window, and nothing lies over all of it. */
async function inSight(target) {
  const element = await target.elementHandle()
  await target.page().waitForFunction((one) => {
    const { left, top, width, height } = one.getBoundingClientRect()
    const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.8]].map(([x, y]) => document.elementFromPoint(left + width * x, top + height * y))
    return points.some((at) => at && (one.contains(at) || at.contains(one)))
  }, element, { timeout: 5_000 }).catch(() => {
    throw new Error(`${target} has the focus and is not in sight`)
  })
}

/** A press means something only on what can be pressed. */
async function untilEnabled(target) {
  const element = await target.elementHandle()
  await element?.waitForElementState('enabled')
}

/** The browser of the story shows days as month, day and year. */
async function typeDay(page, day) {
  const [year, month, date] = day.split('-')
  await page.keyboard.type(`${month}${date}${year}`)
}

/** The stops of a search that went round and round, each once. */
const tell = (seen) => [...new Set(seen)].slice(0, 60).map((one) => `“${one}”`).join(', ')

// Every journey through the demo, by mouse or by keyboard alone.
//
//   PLUMBLINE_E2E_BASE     one-time link of `plumbline demo`
//   PLUMBLINE_E2E_BY       mouse or keys
//   PLUMBLINE_E2E_DIR      a directory of the machine, for a file to connect
//   PLUMBLINE_E2E_ONLY     journeys whose title holds this (optional)
//   PLUMBLINE_E2E_OUT      folder for screenshots (optional)
//   PLUMBLINE_E2E_BROWSER  Chromium to use (default /usr/bin/chromium)
import { openStory } from './browser.mjs'
import { drivers } from './drivers.mjs'
import { accounts } from './journeys/accounts.mjs'
import { connecting } from './journeys/connecting.mjs'
import { records } from './journeys/records.mjs'
import { tests } from './journeys/tests.mjs'
import { trouble } from './journeys/trouble.mjs'
import { expectEveryRoute } from './screens/routes.mjs'

const { PLUMBLINE_E2E_BY: way = '', PLUMBLINE_E2E_DIR: dir = '', PLUMBLINE_E2E_ONLY: only = '' } = process.env
const driver = drivers[way]
if (!driver || !dir) {
  console.error('journeys: PLUMBLINE_E2E_BY must be mouse or keys, and PLUMBLINE_E2E_DIR a directory')
  process.exit(2)
}

await expectEveryRoute() // which make screens looks at
const story = await openStory(`journeys-${way}`)
const { page, step } = story
const by = driver(page)

await story.run(async () => {
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor()
  for (const [title, play] of [...trouble, ...records, ...accounts, ...tests, ...connecting].filter(([name]) => name.includes(only))) {
    const begun = performance.now()
    await step(title, () => play({ page, by, dir }))
    console.log(`    ${way}, ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  }
})

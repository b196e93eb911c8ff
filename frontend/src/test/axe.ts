import axe from 'axe-core'
import { expect } from 'vitest'

/**
 * Fails with what axe finds on the page as it stands. Here are no colours and no layout: those are looked at in a browser,
 * by e2e/browser.mjs.
 */
export async function expectAccessible() {
  const { violations } = await axe.run(document.body, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false } },
  })
  expect(violations.flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.html}`))).toEqual([])
}

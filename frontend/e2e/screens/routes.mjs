// Whether the list of screens is that of the app.
import { readFile } from 'node:fs/promises'
import { screens } from './list.mjs'

/** Throws when a route of the app has no screen in the list, or the list has one that the app has not. */
export async function expectEveryRoute() {
  const source = await readFile(new URL('../../src/app/Routes.tsx', import.meta.url), 'utf8')
  const routes = [...source.matchAll(/<Route(?: path="([^"]*)")?[ >]/g)].map(([, path = '']) => path)
  const listed = screens.map(({ route }) => route)
  const missing = routes.filter((route) => !listed.includes(route))
  const stray = listed.filter((route) => !routes.includes(route))
  if (routes.length === 0) throw new Error('Routes.tsx has no route that could be read')
  if (missing.length > 0) throw new Error(`screens/list.mjs has no entry for ${missing.join(', ')}: add its states`)
  if (stray.length > 0) throw new Error(`screens/list.mjs has ${stray.join(', ')}, which is no route of the app`)
}

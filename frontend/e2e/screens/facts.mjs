// What the addresses of the screens need from the demo, and what the demo does not have by itself.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Asks the agent of a page for something, as the page itself would. */
export const asker = (page, origin) => async (method, path, data) => {
  const answer = await page.request.fetch(`${origin}/api/v1/${path}`, { method, headers: { 'x-plumbline-request': '1' }, ...(data && { data }) })
  if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`)
  return answer.status() === 204 ? undefined : answer.json()
}

export async function learn(page, origin, dir) {
  const ask = asker(page, origin)
  const file = join(dir, 'badges.csv')
  await writeFile(file, 'id,email,name,status\n1,ann@example.com,Ann Berg,active\n2,ben@example.com,Ben Cole,active\n')
  await endOne(ask, file)
  const runOf = async (alias, fits = () => true) => {
    const { id } = await ask('GET', `connections/${alias}`)
    const { items } = await ask('GET', `runs?connection=${id}&limit=100`)
    return items.find(fits)?.id ?? items[0].id
  }
  const changed = await ask('GET', 'history?change=changed&limit=1')
  const [{ alias, stream, key }] = changed.items
  const testIn = async (state) => (await ask('GET', `tests?state=${state}&sort=-fail&limit=1`)).items[0].id
  const people = await ask('GET', 'people?limit=1')
  return {
    file,
    person: people.items[0].id,
    record: `/connections/${alias}/records/${stream}/${encodeURIComponent(key)}`,
    tests: { failing: await testIn('failing'), unproven: await testIn('unproven'), passing: await testIn('passing') },
    runs: {
      succeeded: await runOf('okta', ({ status }) => status === 'succeeded'),
      failed: await runOf('datadog', ({ status }) => status === 'failed'),
      partial: await runOf('slack', ({ status }) => status === 'partial'),
      changed: changed.items[0].run ?? changed.items[0].run_id,
    },
  }
}

/** Connects a file, reads it and disconnects it, so that one connection has a history and nothing else. */
async function endOne(ask, path) {
  const alias = 'old-badges'
  await ask('POST', 'connections', { connector: 'csv', alias, schedule: '', settings: { path, kind: 'device', key: ['id'] }, secrets: {} })
  const { id } = await ask('POST', `connections/${alias}/sync`, {})
  let run = await ask('GET', `runs/${id}`)
  while (!run.finished_at) run = await ask('GET', `runs/${id}`)
  await ask('DELETE', `connections/${alias}?history=keep`)
}

// Fails when what a first visit downloads grows past what was promised.
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url).pathname
const limits = { 'initial JS, gzip': 200_000, 'CSS, gzip': 25_000, 'largest lazy chunk, gzip': 45_000, 'whole dist': 2_500_000 }

const gzipped = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length
const html = readFileSync(join(dist, 'index.html'), 'utf8')
const initial = [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((m) => m[1])
if (initial.length === 0) throw new Error('dist/index.html names no script: build first')

const files = readdirSync(dist, { recursive: true }).filter((f) => statSync(join(dist, f)).isFile())
const sum = (list) => list.reduce((total, file) => total + gzipped(file), 0)
const lazy = files.filter((f) => f.endsWith('.js') && !initial.includes(f))

const measured = {
  'initial JS, gzip': sum(initial),
  'CSS, gzip': sum(files.filter((f) => f.endsWith('.css'))),
  'largest lazy chunk, gzip': Math.max(0, ...lazy.map(gzipped)),
  'whole dist': files.reduce((total, f) => total + statSync(join(dist, f)).size, 0),
}

let over = 0
for (const [what, limit] of Object.entries(limits)) {
  const ok = measured[what] <= limit
  if (!ok) over++
  const kb = (n) => `${(n / 1000).toFixed(1)} kB`
  console.log(`${ok ? 'ok  ' : 'OVER'}  ${what.padEnd(26)} ${kb(measured[what]).padStart(10)} of ${kb(limit)}`)
}
process.exitCode = over > 0 ? 1 : 0

import { FileText, Globe, ShieldCheck, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Connector } from '@/api/types'
import { placeOf, type Place } from '@/lib/reach'
import { fieldsOf, type Values } from '@/lib/schemaForm'
import { cx } from '@/ui/cx'
import { Sentence, Text } from '@/ui/Text'

type Subject = Pick<Connector, 'network' | 'network_tcp' | 'files' | 'config_schema'>

interface Item {
  key: string
  place: Place
  port: number
  purpose: string
}

function itemsOf({ network, files, config_schema }: Subject, values?: Values): { hosts: Item[]; paths: Item[] } {
  const fields = fieldsOf(config_schema)
  return {
    hosts: distinct(network.map((n) => ({ key: `${n.host}:${n.port}`, place: placeOf(n.host, 'host', fields, values), port: n.port, purpose: n.purpose }))),
    paths: files.map((f) => ({ key: f.path, place: placeOf(f.path, 'file', fields, values), port: 0, purpose: f.purpose })),
  }
}

/** A setting that names a host which is declared anyway adds none. */
const distinct = (items: Item[]) => items.filter(({ place }) => !place.setting || !items.some((other) => !other.place.setting && other.place.text === place.text))

/** The port of a web address goes without saying. */
const portWords = ({ place, port }: Item) => (port > 0 && port !== 443 && !place.setting ? `:${port}` : '')

/** What a connector may reach, to be read before it is agreed to: hosts, files, and whether it dials by itself. */
export function Reach({ connector, values }: { connector: Subject; values?: Values }) {
  const { hosts, paths } = itemsOf(connector, values)
  return (
    <section aria-labelledby="reach" className="rounded-lg border border-line bg-panel text-sm">
      <h2 id="reach" className="border-b border-line px-4 py-2.5 font-semibold">
        What it may reach
      </h2>
      <dl className="divide-y divide-line">
        <Group icon={<Globe size={14} aria-hidden />} title="Hosts" items={hosts} none="None. It has no way to the network." />
        <Group icon={<FileText size={14} aria-hidden />} title="Files on this machine" items={paths} none="None." />
      </dl>
      {connector.network_tcp && (
        <p className="flex gap-2 border-t border-line px-4 py-2.5 text-warn" data-reach="tcp">
          <TriangleAlert size={14} aria-hidden className="mt-0.75 shrink-0" />
          <span>It opens its own network connections. Plumbline still lets it reach only these hosts, but with one safeguard less.</span>
        </p>
      )}
      <p className="flex gap-2 border-t border-line px-4 py-2.5 text-muted">
        <ShieldCheck size={14} aria-hidden className="mt-0.75 shrink-0" />
        <span>Anything else is refused and shows in the run. By saving, you agree to this.</span>
      </p>
    </section>
  )
}

function Group({ icon, title, items, none }: { icon: ReactNode; title: string; items: Item[]; none: string }) {
  return (
    <div className="px-4 py-2.5">
      <dt className="flex items-center gap-2 text-xs text-muted">
        {icon}
        {title}
      </dt>
      <dd className="mt-1 space-y-1 pl-5.5">
        {items.length === 0 && <span className="text-muted">{none}</span>}
        {items.map((item) => (
          <p key={item.key} data-reach={item.key}>
            <span className={cx('break-all', item.place.open ? 'text-text' : 'font-mono text-xs text-text')}>
              <Text>{item.place.open ? capital(item.place.text) : item.place.text + portWords(item)}</Text>
            </span>
            <span className="block text-muted">
              <Sentence>{item.purpose}</Sentence>
            </span>
          </p>
        ))}
      </dd>
    </div>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** The same in one line, for a card. */
export function ReachLine({ connector }: { connector: Subject }) {
  const { hosts, paths } = itemsOf(connector)
  return (
    <p className="mt-1 text-xs text-muted" data-reach="line">
      May reach hosts: <Named items={hosts} />; files: <Named items={paths} />
      {connector.network_tcp && <span className="text-warn">; opens its own network connections</span>}
    </p>
  )
}

function Named({ items }: { items: Item[] }) {
  return items.length === 0 ? 'none' : <Text>{items.map((item) => item.place.text).join(', ')}</Text>
}

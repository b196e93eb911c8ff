import { FileText, Globe, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Connector } from '@/api/types'
import { placeOf } from '@/lib/reach'
import { fieldsOf } from '@/lib/schemaForm'
import { kindWord } from '@/lib/words'
import { Tag } from '@/ui/Chip'
import { MarkdownLine } from '@/ui/Markdown'
import { card, Section } from '@/ui/Section'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'

interface Props {
  connector: Connector
}

const head = 'px-4 py-2 text-xs font-medium text-muted'
const cell = 'px-4 py-2.5 align-top'

function Table({ caption, heads, children }: { caption: string; heads: string[]; children: ReactNode }) {
  return (
    <div className={`${card} overflow-x-auto`} tabIndex={0} role="group" aria-label={caption}>
      <table className="w-full text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead className="border-b border-line">
          <tr>
            {heads.map((title) => (
              <th key={title} scope="col" className={head}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">{children}</tbody>
      </table>
    </div>
  )
}

/** What a connector reads, and the kind of record that becomes of it. */
export function Streams({ connector }: Props) {
  return (
    <Section title={t('available.get')}>
      <Table caption={t('available.get')} heads={[t('available.get_data'), t('available.get_kind'), t('available.get_reads'), t('available.get_removed')]}>
        {connector.streams.map((stream) => (
          <tr key={stream.name}>
            <th scope="row" className={`${cell} font-normal`}>
              <span className="font-medium">
                <Text>{stream.title}</Text>
              </span>
              {stream.description && (
                <span className="block text-muted">
                  <Sentence>{stream.description}</Sentence>
                </span>
              )}
            </th>
            <td className={cell}>
              <Tag>{kindWord(stream.kind)}</Tag>
            </td>
            <td className={`${cell} text-muted`}>{t(stream.incremental ? 'available.incremental' : 'available.whole')}</td>
            <td className={`${cell} text-muted`}>{t(`available.deletes_${stream.deletes}`)}</td>
          </tr>
        ))}
      </Table>
    </Section>
  )
}

/** What the vendor has to grant, why, and what it is for. */
export function Permissions({ connector }: Props) {
  const title = (name: string) => connector.streams.find((s) => s.name === name)?.title ?? name
  return (
    <Section title={t('available.permissions')}>
      {connector.permissions.length === 0 ? (
        <p className="text-muted">{t('available.permissions_none')}</p>
      ) : (
        <>
          <p className="mb-2 text-muted">{t('available.permissions_lead')}</p>
          <Table caption={t('available.permissions')} heads={[t('available.perm_id'), t('available.perm_why'), t('available.perm_for'), t('available.perm_needed')]}>
            {connector.permissions.map((permission) => (
              <tr key={permission.id}>
                <th scope="row" className={`${cell} font-mono text-xs font-normal break-all`}>
                  <Text>{permission.id}</Text>
                </th>
                <td className={cell}>
                  <Sentence>{permission.reason}</Sentence>
                </td>
                <td className={`${cell} text-muted`}>
                  <Text>{permission.streams.map(title).join(', ')}</Text>
                </td>
                <td className={`${cell} text-xs whitespace-nowrap text-muted`}>{t(permission.optional ? 'available.perm_optional' : 'available.perm_required')}</td>
              </tr>
            ))}
          </Table>
        </>
      )}
    </Section>
  )
}

/** The hosts and files that a connector may reach. */
export function Places({ connector }: Props) {
  const fields = fieldsOf(connector.config_schema)
  const line = (key: string, icon: ReactNode, place: string, purpose: string) => (
    <li key={key} className="flex gap-3 px-4 py-2.5">
      <span className="mt-0.75 shrink-0 text-faint">{icon}</span>
      <span className="min-w-0">
        <span className="font-medium break-all">
          <Text>{place}</Text>
        </span>
        <span className="block text-muted">
          <Sentence>{purpose}</Sentence>
        </span>
      </span>
    </li>
  )
  const { network, files } = connector
  return (
    <Section title={t('available.reach')}>
      <p className="mb-2 text-muted">{t(network.length + files.length > 0 ? 'available.reach_lead' : 'available.reach_none')}</p>
      {network.length + files.length > 0 && (
        <ul className={`${card} divide-y divide-line text-sm`}>
          {network.map((n) => line(`${n.host}:${n.port}`, <Globe size={14} aria-hidden />, placeOf(n.host, 'host', fields).text, n.purpose))}
          {files.map((f) => line(f.path, <FileText size={14} role="img" aria-label={t('available.reach_files')} />, placeOf(f.path, 'file', fields).text, f.purpose))}
        </ul>
      )}
      {connector.network_tcp && (
        <p className="mt-2 flex gap-2 text-sm text-warn">
          <TriangleAlert size={14} aria-hidden className="mt-0.75 shrink-0" />
          {t('available.reach_tcp')}
        </p>
      )}
    </Section>
  )
}

/** How fast it reads, and what cannot be known through it. */
export function Limits({ connector }: Props) {
  const { limits, guide, streams } = connector
  const never = streams.filter((s) => s.deletes === 'never').map((s) => s.title)
  const lines: ReactNode[] = guide.notes.map((note) => <MarkdownLine key={note} source={note} />)
  if (never.length > 0) lines.push(<Text key="never">{t('available.limits_never', { streams: never.join(', ') })}</Text>)
  if (limits.requests_per_second > 0) lines.push(t('available.limits_rate', { rate: limits.requests_per_second }))
  if (limits.concurrent_requests > 0) lines.push(t('available.limits_parallel', { count: limits.concurrent_requests }))
  if (limits.concurrent_runs > 0) lines.push(t('available.limits_runs', { count: limits.concurrent_runs }))
  return (
    <Section title={t('available.limits')}>
      {lines.length === 0 ? (
        <p className="text-muted">{t('available.limits_none')}</p>
      ) : (
        <ul className="list-disc space-y-1 pl-5">
          {lines.map((line, i) => (
            <li key={i}>{line}</li>
          ))}
        </ul>
      )}
    </Section>
  )
}

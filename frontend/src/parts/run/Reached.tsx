import { ChevronRight, Globe, ShieldAlert } from 'lucide-react'
import type { Contact, Run } from '@/api/types'
import { bytes, count } from '@/lib/numbers'
import { cx } from '@/ui/cx'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

/** Which hosts the connector asked to reach in a run, and what became of it. */
export function Reached({ run }: { run: Run }) {
  const contacts = run.network ?? []
  if (contacts.length === 0) return null
  const denied = contacts.reduce((sum, contact) => sum + contact.denied, 0)
  return (
    <details className="group border-t border-line" open={denied > 0}>
      <summary className="flex h-10 cursor-pointer list-none items-center gap-2 px-4 text-sm text-muted hover:bg-hover">
        <ChevronRight size={14} aria-hidden className="shrink-0 transition-transform group-open:rotate-90" />
        {denied > 0 ? <ShieldAlert size={14} aria-hidden className="shrink-0 text-warn" /> : <Globe size={14} aria-hidden className="shrink-0" />}
        <span>
          {t('run.network.hosts', { count: contacts.length })}
          {denied > 0 && ` ${t('run.network.denied', { count: denied })}`}
        </span>
      </summary>
      <table className="w-full border-t border-line text-sm">
        <thead className="border-b border-line">
          <tr>
            <th scope="col" className={head}>
              {t('run.network.host')}
            </th>
            <th scope="col" className={`${head} text-right`}>
              {t('run.network.connections')}
            </th>
            <th scope="col" className={`${head} hidden text-right sm:table-cell`}>
              {t('run.network.sent')}
            </th>
            <th scope="col" className={`${head} hidden text-right sm:table-cell`}>
              {t('run.network.received')}
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {contacts.map((contact) => (
            <ContactRow key={`${contact.host}:${contact.port}`} contact={contact} />
          ))}
        </tbody>
      </table>
    </details>
  )
}

function ContactRow({ contact }: { contact: Contact }) {
  return (
    <tr className="align-top">
      <th scope="row" className="px-4 py-2 font-normal">
        <code className="font-mono text-xs text-text">
          <Text>{contact.host}</Text>
          {contact.port > 0 && `:${contact.port}`}
        </code>
        {contact.address && contact.address !== contact.host && (
          <span className="ml-2 text-xs text-faint">
            <Text>{contact.address}</Text>
          </span>
        )}
        {contact.reason && (
          <p className={cx('mt-0.5 text-xs', contact.denied > 0 ? 'text-warn' : 'text-muted')}>
            {contact.denied > 0 ? t('run.network.deniedTimes', { count: contact.denied }) : t('run.network.failed')} <Sentence>{contact.reason}</Sentence>
          </p>
        )}
      </th>
      <td className="tabular px-4 py-2 text-right">{count(contact.connections)}</td>
      <td className="tabular hidden px-4 py-2 text-right text-muted sm:table-cell">{bytes(contact.sent_bytes)}</td>
      <td className="tabular hidden px-4 py-2 text-right text-muted sm:table-cell">{bytes(contact.received_bytes)}</td>
    </tr>
  )
}

import type { UnreadStream } from '@/api/types'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

/** The streams that a run did not read whole, each with its last success: the rest of the run counts. */
export function UnreadStreams({ streams }: { streams: UnreadStream[] }) {
  return (
    <div className="border-t border-line px-4 py-3">
      <table className="w-full max-w-xl text-left text-sm">
        <caption className="text-left text-xs font-medium text-muted">{t('explanation.unread')}</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{t('explanation.stream')}</th>
            <th scope="col">{t('explanation.lastSuccess')}</th>
          </tr>
        </thead>
        <tbody>
          {streams.map((stream) => (
            <tr key={stream.name}>
              <th scope="row" className="py-0.5 pr-4 font-normal">
                <Text>{stream.title || stream.name}</Text> <span className="text-muted">{t('explanation.records', { count: stream.records })}</span>
              </th>
              <td className="py-0.5 text-muted">
                {t('explanation.lastSuccess')}: {stream.last_complete_at ? <Time at={stream.last_complete_at} /> : t('explanation.never')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

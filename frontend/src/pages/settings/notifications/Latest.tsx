import type { Delivery, Notification } from '@/api/notifications'
import { asProblem } from '@/api/problem'
import { fullTime } from '@/lib/time'
import { statement, type Tone } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { card } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { useNotifications } from './queries'

/** The latest notifications, each with what became of its deliveries. */
export function Latest() {
  const { data, error, refetch } = useNotifications()
  return (
    <div className={card}>
      {error && !data ? (
        <ErrorState what={t('notifications.latest.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
      ) : !data ? (
        <SkeletonRows rows={3} label={t('notifications.latest.loading')} />
      ) : data.length === 0 ? (
        <EmptyState title={t('notifications.latest.none')}>
          {t('notifications.latest.noneWhy')}
        </EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {data.map((one) => (
            <Row key={one.id} notification={one} />
          ))}
        </ul>
      )}
    </div>
  )
}

function Row({ notification }: { notification: Notification }) {
  return (
    <li className="px-4 py-2.5 text-sm compact:py-1.5">
      <p className="flex flex-wrap items-baseline justify-between gap-x-3">
        <span className="font-medium">
          <Text>{notification.title}</Text>
        </span>
        <span className="text-muted">
          <Time at={notification.at} />
        </span>
      </p>
      {notification.inconclusive && <p className="text-muted">{t('notifications.latest.inconclusive')}</p>}
      {notification.deliveries.length === 0 ? (
        <p className="text-muted">{t('notifications.latest.nowhere')}</p>
      ) : (
        <ul className="mt-1 space-y-0.5">
          {notification.deliveries.map((one) => (
            <DeliveryLine key={one.id} delivery={one} />
          ))}
        </ul>
      )}
    </li>
  )
}

const tones: Record<Delivery['state'], Tone> = { waiting: 'warn', delivered: 'ok', given_up: 'bad' }

function DeliveryLine({ delivery }: { delivery: Delivery }) {
  const { state, next_at: next, attempts } = delivery
  return (
    <li className="flex flex-wrap items-center gap-x-2 text-muted">
      <Chip tone={tones[state]}>{t(`notifications.states.${state}`)}</Chip>
      <Text>{delivery.channel_name}</Text>
      {delivery.quiet && next && <span>{t('notifications.latest.quiet', { at: fullTime(next) })}</span>}
      {!delivery.quiet && next && attempts > 0 && <span>{t('notifications.latest.again', { at: fullTime(next), count: attempts })}</span>}
      {state !== 'delivered' && delivery.said && <Sentence>{statement(delivery.said)}</Sentence>}
    </li>
  )
}

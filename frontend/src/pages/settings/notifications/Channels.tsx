import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { keys } from '@/api/keys'
import { removeChannel, testChannel, type Channel, type Tested } from '@/api/notifications'
import { asProblem } from '@/api/problem'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Chip } from '@/ui/Chip'
import { Dialog } from '@/ui/Dialog'
import { card } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { kindWord, partyWord } from './form'
import { useChannels } from './queries'

/** The channels, each with a test that says what the other side answered. */
export function Channels({ onEdit }: { onEdit: (channel: Channel) => void }) {
  const { data, error, refetch } = useChannels()
  const [removing, setRemoving] = useState<Channel>()
  return (
    <div className={card}>
      {error && !data ? (
        <ErrorState what={t('notifications.channels.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
      ) : !data ? (
        <SkeletonRows rows={2} label={t('notifications.channels.loading')} />
      ) : (
        <ul className="divide-y divide-line">
          {data.map((one) => (
            <Row key={one.id} channel={one} onEdit={() => onEdit(one)} onRemove={() => setRemoving(one)} />
          ))}
        </ul>
      )}
      {removing && <Remove channel={removing} onClose={() => setRemoving(undefined)} />}
    </div>
  )
}

function Row({ channel, onEdit, onRemove }: { channel: Channel; onEdit: () => void; onRemove: () => void }) {
  const test = useMutation({ mutationFn: () => testChannel(channel.id) })
  const name = channel.name
  return (
    <li className="px-4 py-2.5 text-sm compact:py-1.5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium">
          <Text>{name}</Text>
        </span>
        <Chip tone={channel.off ? 'quiet' : 'ok'}>{t(channel.off ? 'notifications.channels.off' : 'notifications.channels.on')}</Chip>
        <span className="min-w-0 flex-1 text-muted">
          <Where channel={channel} />
        </span>
        <Button size="sm" asksAgent busy={test.isPending} aria-label={t('notifications.channels.testOf', { name })} onClick={() => test.mutate()}>
          {t('notifications.channels.test')}
        </Button>
        <Button size="sm" aria-label={t('notifications.channels.editOf', { name })} onClick={onEdit}>
          {t('notifications.channels.edit')}
        </Button>
        {channel.type !== 'desktop' && (
          <Button size="sm" look="danger" aria-label={t('notifications.channels.removeOf', { name })} onClick={onRemove}>
            {t('notifications.channels.remove')}
          </Button>
        )}
      </div>
      <p role="status" className="mt-1 empty:hidden">
        {test.data && <Answer tested={test.data} />}
        {test.error && <span className="text-bad">{statement(asProblem(test.error).message)}</span>}
      </p>
    </li>
  )
}

/** Where a channel leads, and what it is limited to. */
function Where({ channel }: { channel: Channel }) {
  const { email, kinds = [], who = [] } = channel
  return (
    <>
      {t(`notifications.types.${channel.type}`)}
      {channel.host && (
        <>
          {', '}
          <Text>{channel.host}</Text>
        </>
      )}
      {email && (
        <>
          {', '}
          <Text>{t(email.to_owner ? 'notifications.channels.toOwner' : 'notifications.channels.to', { to: email.to.join(', ') })}</Text>
        </>
      )}
      {kinds.length > 0 && <span className="block">{t('notifications.channels.onlyKinds', { kinds: kinds.map(kindWord).join(', ') })}</span>}
      {who.length > 0 && <span className="block">{t('notifications.channels.onlyWho', { who: who.map(partyWord).join(', ') })}</span>}
    </>
  )
}

function Answer({ tested }: { tested: Tested }) {
  return (
    <span className={tested.ok ? 'text-ok' : 'text-bad'}>
      {t(tested.ok ? 'notifications.test.accepted' : 'notifications.test.refused')} <Text>{tested.said}</Text> {tested.remedy && <Sentence>{statement(tested.remedy)}</Sentence>}
    </span>
  )
}

function Remove({ channel, onClose }: { channel: Channel; onClose: () => void }) {
  const cache = useQueryClient()
  const remove = useMutation({
    mutationFn: () => removeChannel(channel.id),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: keys.channels })
      onClose()
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={<Text>{t('notifications.remove.title', { name: channel.name })}</Text>}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="danger" asksAgent busy={remove.isPending} onClick={() => remove.mutate()}>
            {t('notifications.channels.remove')}
          </Button>
        </>
      }
    >
      <p>{t('notifications.remove.effect')}</p>
      {remove.error && (
        <p role="alert" className="text-bad">
          {statement(asProblem(remove.error).message)}
        </p>
      )}
    </Dialog>
  )
}

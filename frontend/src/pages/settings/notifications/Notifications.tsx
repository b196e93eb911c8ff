import { Plus } from 'lucide-react'
import { useState } from 'react'
import type { Channel } from '@/api/notifications'
import { Button } from '@/ui/Button'
import { Section } from '@/ui/Section'
import { t } from '@/words'
import { ChannelForm } from './ChannelForm'
import { Channels } from './Channels'
import { Latest } from './Latest'
import { Rules } from './Rules'

/** What people are told: where it goes, when, and what became of it. */
export function Notifications() {
  const [editing, setEditing] = useState<Channel | 'new'>()
  return (
    <Section
      title={t('notifications.title')}
      aside={
        <Button size="sm" icon={<Plus size={14} aria-hidden />} onClick={() => setEditing('new')}>
          {t('notifications.channels.add')}
        </Button>
      }
    >
      <p className="mb-2 max-w-3xl text-sm text-muted">{t('notifications.about')}</p>
      <h3 className="mt-4 mb-1.5 text-sm font-medium">{t('notifications.channels.title')}</h3>
      <Channels onEdit={setEditing} />
      <h3 className="mt-5 mb-1.5 text-sm font-medium">{t('notifications.rules.title')}</h3>
      <Rules />
      <h3 className="mt-5 mb-1.5 text-sm font-medium">{t('notifications.latest.title')}</h3>
      <Latest />
      {editing && <ChannelForm channel={editing === 'new' ? undefined : editing} onClose={() => setEditing(undefined)} />}
    </Section>
  )
}

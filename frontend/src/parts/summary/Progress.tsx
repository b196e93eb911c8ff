import { LoaderCircle } from 'lucide-react'
import type { SummaryCard } from '@/api/types'
import { count } from '@/lib/numbers'
import { Button } from '@/ui/Button'
import { t } from '@/words'
import { useCancel } from './queries'

/** How much of an answer has arrived. None of it is shown before it has passed. */
export function Progress({ card, connection }: { card: SummaryCard; connection: { id: string } }) {
  const cancel = useCancel(connection.id)
  const { progress } = card
  const arriving = progress?.phase === 'answering'
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
      <LoaderCircle size={16} aria-hidden className="animate-spin text-muted" />
      <span role="status" data-characters={progress?.characters ?? 0}>
        {arriving ? t('summary.answering', { characters: count(progress.characters) }) : t('summary.asking', { model: card.latest?.model ?? card.model })}
      </span>
      <span className="text-muted">{t('summary.checked')}</span>
      <Button size="sm" asksAgent busy={cancel.isPending} onClick={() => cancel.mutate(undefined)}>
        {t('summary.cancel')}
      </Button>
    </div>
  )
}

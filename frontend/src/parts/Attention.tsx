import { CircleAlert, Info, OctagonAlert, TriangleAlert } from 'lucide-react'
import { Link } from 'wouter'
import type { Attention } from '@/api/types'
import { sinceWords } from '@/lib/time'
import { visible } from '@/lib/visible'
import { faultWord, statement } from '@/lib/words'
import { ButtonLink } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Sentence, Text } from '@/ui/Text'
import { useNow } from '@/ui/useNow'
import { t } from '@/words'

const signs: Record<Attention['severity'], { Icon: typeof Info; colour: string }> = {
  critical: { Icon: OctagonAlert, colour: 'text-bad' },
  error: { Icon: CircleAlert, colour: 'text-bad' },
  warning: { Icon: TriangleAlert, colour: 'text-warn' },
  info: { Icon: Info, colour: 'text-muted' },
}

/** How grave an item is, as a sign with its word. */
export function SeveritySign({ severity }: { severity: Attention['severity'] }) {
  const { Icon, colour } = signs[severity]
  return (
    <span className={cx('mt-0.75 shrink-0', colour)} data-severity={severity}>
      <Icon size={16} aria-hidden />
      <span className="sr-only">{t(`home.severity.${severity}`)}</span>
    </span>
  )
}

/** Since when it is so, and who can put it right. */
function Facts({ item }: { item: Attention }) {
  const now = useNow()
  const facts = [
    item.since ? t('home.since', { at: sinceWords(item.since, now) }) : '',
    item.fault ? t('home.fault', { who: faultWord(item.fault) }) : '',
    item.owner ? t('home.owner', { owner: visible(item.owner) }) : '',
  ].filter(Boolean)
  return facts.length > 0 ? <p className="mt-0.5 text-xs text-faint">{facts.join(' · ')}</p> : null
}

/** One item as a link, where there is little room. */
export function AttentionLine({ item, onFollow }: { item: Attention; onFollow: () => void }) {
  return (
    <Link href={item.action.href} onClick={onFollow} className="flex gap-2.5 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2">
      <SeveritySign severity={item.severity} />
      <span className="min-w-0 flex-1">
        <span className="block text-sm font-medium">
          <Text>{item.title}</Text>
        </span>
        <span className="line-clamp-2 text-sm text-muted">
          <Sentence>{statement(item.why)}</Sentence>
        </span>
      </span>
    </Link>
  )
}

/** One item with why, what to do and the one thing to do next. */
export function AttentionRow({ item }: { item: Attention }) {
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-2 px-4 py-3 compact:py-1.5" data-attention={item.kind}>
      <SeveritySign severity={item.severity} />
      <div className="min-w-0 flex-1 basis-72">
        <h3 className="font-medium">
          <Text>{item.title}</Text>
        </h3>
        <p className="text-sm text-muted">
          <Sentence>{statement(item.why)}</Sentence> {item.remedy && <Sentence>{statement(item.remedy)}</Sentence>}
        </p>
        <Facts item={item} />
      </div>
      <ButtonLink size="sm" href={item.action.href} aria-label={`${visible(item.action.title)}: ${visible(item.title)}`}>
        <Text>{item.action.title}</Text>
      </ButtonLink>
    </div>
  )
}

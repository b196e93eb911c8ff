import { Copy } from 'lucide-react'
import { Link } from 'wouter'
import type { Summary } from '@/api/types'
import { copyText } from '@/lib/copy'
import { runPath } from '@/lib/paths'
import { actorWords, statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'

/** What a model wrote, as text: nothing in it is a link or markup. */
export function Answer({ summary, stale }: { summary: Summary; stale: boolean }) {
  const { answer, attempt } = summary
  const copy = () => void copyText(plain(summary)).then((done) => (done ? notify.done(t('summary.copied')) : notify.failed(t('summary.notCopied'), '')))
  return (
    <div className={cx('space-y-3 px-4 py-3 text-sm', stale && 'text-muted')}>
      <p>
        <Text lines>{answer.summary}</Text>
      </p>
      <dl className="grid gap-x-4 gap-y-1 sm:grid-cols-[8rem_minmax(0,1fr)]">
        <dt className="text-muted">{t('summary.cause')}</dt>
        <dd>
          <Text lines>{answer.cause}</Text>
        </dd>
        <dt className="text-muted">{t('summary.who')}</dt>
        <dd>{t(`explanation.party.${answer.who}`)}</dd>
      </dl>
      <div>
        <h3 className="text-xs font-medium text-muted">{t('summary.todo')}</h3>
        <ol className="mt-1 list-decimal space-y-1 pl-5">
          {answer.remedies.map((remedy, i) => (
            <li key={i}>
              <Text>{remedy.text}</Text> <span className="text-muted">({t(`explanation.party.${remedy.who}`)})</span>
            </li>
          ))}
        </ol>
      </div>
      <div>
        <h3 className="text-xs font-medium text-muted">{t('summary.because')}</h3>
        <ul className="mt-1 space-y-1">
          {answer.evidence.map((one, i) => (
            <li key={i} className="flex flex-wrap items-baseline gap-x-3">
              <span className="min-w-0">
                <Text>{statement(one.text)}</Text>
              </span>
              <Link href={`${runPath(attempt.run)}?${one.step ? `step=${encodeURIComponent(one.step)}` : `line=${one.line}`}`} className="text-accent hover:underline">
                {one.step ? t('summary.step', { step: one.step }) : t('summary.line', { line: one.line })}
              </Link>
            </li>
          ))}
        </ul>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <p className="min-w-0 text-xs text-muted">
          {t('summary.by', { model: attempt.model, address: attempt.address, who: actorWords(attempt.by), version: attempt.prompt_version })}{' '}
          <Link href={runPath(attempt.run)} className="text-accent underline">
            {t('summary.ofRun')}
          </Link>
          , <Time at={attempt.at} />
        </p>
        <Button size="sm" look="ghost" icon={<Copy size={14} aria-hidden />} onClick={copy}>
          {t('summary.copy')}
        </Button>
      </div>
    </div>
  )
}

/** The same as text, to be put into a ticket. */
function plain({ answer }: Summary): string {
  const steps = answer.remedies.map((remedy, i) => `${i + 1}. ${remedy.text}`)
  const because = answer.evidence.map((one) => `- ${one.text} [${one.step ?? one.line}]`)
  return [answer.summary, '', `${t('summary.cause')}: ${answer.cause}`, '', t('summary.todo'), ...steps, '', t('summary.because'), ...because].join('\n')
}

import { Sparkles } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { SummaryCard as Card } from '@/api/types'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { card as box, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'
import { Answer } from './Answer'
import { Feedback } from './Feedback'
import { PreviewDialog } from './PreviewDialog'
import { Progress } from './Progress'
import { useGenerate, useSummary } from './queries'

interface Props {
  connection: { id: string; alias: string }
  /** Only an unhealthy connection has one. */
  wanted: boolean
  /** On the page of a run: it is shown only if it is about that run. */
  run?: string
}

/** Whether a card is about a run: the one that would be summarised, or the one whose summary there is. */
const isAbout = ({ run, summary }: Card, id: string) => run === id || summary?.attempt.run === id

/** What a language model says about the failed steps, when a person asks for it. */
export function SummaryCard({ connection, wanted, run }: Props) {
  const query = useSummary(connection.id, wanted)
  if (!wanted) return null
  if (query.isPending) {
    // Most runs have none, and their page does not move for it.
    if (run !== undefined) return null
    return (
      <Section title={t('summary.title')}>
        <SkeletonRows rows={1} label={t('summary.loading')} />
      </Section>
    )
  }
  if (!query.data) {
    return (
      <Section title={t('summary.title')}>
        <ErrorState what={t('summary.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      </Section>
    )
  }
  return query.data.shown && (run === undefined || isAbout(query.data, run)) ? <Shown card={query.data} connection={connection} /> : null
}

function Shown({ card, connection }: { card: Card; connection: Props['connection'] }) {
  const [previewed, setPreviewed] = useState(false)
  const generate = useGenerate(connection.id)
  const { state, summary } = card
  const generating = state === 'generating'
  return (
    <Section
      title={t('summary.title')}
      aside={
        card.configured &&
        !generating && (
          <Button size="sm" look="ghost" asksAgent onClick={() => setPreviewed(true)}>
            {t('summary.preview')}
          </Button>
        )
      }
    >
      <div className={box} data-summary={state}>
        <div className="space-y-3 px-4 py-3">
          <div aria-live="polite" className="space-y-2 text-sm empty:hidden">
            <Standing card={card} />
          </div>
          {generate.error !== null && !generating && (
            <p role="alert" className="text-sm text-bad">
              <Sentence>{statement(asProblem(generate.error).message)}</Sentence> <Sentence>{asProblem(generate.error).remedy}</Sentence>
            </p>
          )}
          {generating ? (
            <Progress card={card} connection={connection} />
          ) : (
            card.configured && (
              <Button
                size="sm"
                look={state === 'ready' ? 'secondary' : 'primary'}
                asksAgent
                busy={generate.isPending}
                icon={<Sparkles size={14} aria-hidden />}
                onClick={() => generate.mutate(undefined)}
              >
                {t(state === 'ready' ? 'summary.refresh' : state === 'failed' || state === 'cancelled' ? 'summary.again' : 'summary.generate')}
              </Button>
            )
          )}
        </div>
        {summary && !generating && (
          <div className="border-t border-line" data-outdated={state === 'stale' || undefined}>
            <Answer summary={summary} stale={state === 'stale'} />
            {state !== 'stale' && <Feedback key={summary.attempt.id} connection={connection.id} feedback={summary.feedback} />}
          </div>
        )}
      </div>
      <PreviewDialog connection={connection.id} open={previewed} onClose={() => setPreviewed(false)} />
    </Section>
  )
}

/** Where it stands, in words. */
function Standing({ card }: { card: Card }) {
  const { problem } = card
  if (!card.configured && !card.summary) {
    return (
      <>
        <p>{t('summary.off')}</p>
        <p className="text-muted">{t('summary.offBuiltIn')}</p>
        <p>
          <Link href="/settings" className="text-accent hover:underline">
            {t('summary.configure')}
          </Link>
        </p>
      </>
    )
  }
  switch (card.state) {
    case 'none':
      return <p className="text-muted">{t('summary.none', { model: card.model, provider: card.provider })}</p>
    case 'stale':
      return <p>{t('summary.stale')}</p>
    case 'cancelled':
      return <p>{t('summary.cancelled')}</p>
    case 'failed':
      return (
        <>
          <p className="font-medium">{t(problem?.code === 'summary.refused' ? 'summary.refused' : 'summary.noAnswer')}</p>
          <p data-problem={problem?.code}>
            <Sentence>{problem && statement(problem.message)}</Sentence>
          </p>
          <p>
            <Sentence>{problem?.remedy}</Sentence>
          </p>
          {problem?.detail && (
            <p className="text-muted">
              {t('summary.detail')}: <Sentence>{problem.detail}</Sentence>
            </p>
          )}
          <p className="text-muted">{t(card.summary ? 'summary.notNew' : 'summary.builtIn')}</p>
        </>
      )
    default:
      return null
  }
}

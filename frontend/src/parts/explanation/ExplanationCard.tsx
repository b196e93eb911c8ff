import { CircleAlert, CircleHelp, CloudOff } from 'lucide-react'
import { asProblem } from '@/api/problem'
import type { Cause, Explanation } from '@/api/types'
import { statement } from '@/lib/words'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { EvidenceList } from './EvidenceList'
import { useExplanation } from './queries'
import { RemedyList } from './RemedyList'
import { UnreadStreams } from './UnreadStreams'

interface Props {
  connection: { id: string; alias: string; connector: string }
  /** The run to explain; the latest that counts when it is left out. */
  run?: string
  /** Whether there is anything to explain. */
  wanted: boolean
}

/** Why a run was not complete: the cause, what to do and who can, and what supports it. Nothing is shown where nothing failed. */
export function ExplanationCard({ connection, run, wanted }: Props) {
  const query = useExplanation({ connection: connection.id, run, wanted })
  if (!wanted) return null
  if (query.isPending) {
    return (
      <Section title={t('explanation.title')}>
        <SkeletonRows rows={3} label={t('explanation.loading')} />
      </Section>
    )
  }
  if (!query.data) {
    return (
      <Section title={t('explanation.title')}>
        <ErrorState what={t('explanation.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      </Section>
    )
  }
  return query.data.cause ? <Told explanation={query.data} cause={query.data.cause} connection={connection} ofRun={!run} /> : null
}

function Told({ explanation, cause, connection, ofRun }: { explanation: Explanation; cause: Cause; connection: Props['connection']; ofRun: boolean }) {
  return (
    <Section
      title={t('explanation.title')}
      aside={
        ofRun &&
        explanation.run_at && (
          <span className="text-xs text-muted">
            {t('explanation.ofRun')} <Time at={explanation.run_at} />
          </span>
        )
      }
    >
      <div className={card} data-explanation={explanation.state} data-cause={cause.id}>
        <CauseTold cause={cause} connection={connection} />
        {explanation.also.length > 0 && (
          <div className="border-t border-line">
            <h3 className="px-4 pt-3 text-xs font-medium text-muted">{t('explanation.also')}</h3>
            {explanation.also.map((other) => (
              <CauseTold key={other.id} cause={other} connection={connection} />
            ))}
          </div>
        )}
        {explanation.partial && <UnreadStreams streams={explanation.streams} />}
      </div>
    </Section>
  )
}

function CauseTold({ cause, connection }: { cause: Cause; connection: Props['connection'] }) {
  return (
    <div className="space-y-3 px-4 py-3" data-told={cause.id}>
      <div className="flex items-start gap-2.5">
        <CauseSign cause={cause} />
        <div className="min-w-0">
          <h3 className="font-medium">
            <Text>{cause.title}</Text>
          </h3>
          <p className="text-sm text-muted">
            <Sentence>{statement(cause.sentence)}</Sentence>
          </p>
          {cause.inconclusive && <p className="mt-1 text-sm">{t('explanation.inconclusive')}</p>}
        </div>
      </div>
      <dl className="grid gap-x-4 gap-y-1 text-sm sm:grid-cols-[8rem_minmax(0,1fr)]">
        <dt className="text-muted">{t('explanation.who')}</dt>
        <dd>{t(`explanation.party.${cause.who}`)}</dd>
        <dt className="text-muted">{t('explanation.confidence')}</dt>
        <dd>{t(`explanation.sure.${cause.confidence}`)}</dd>
      </dl>
      <RemedyList remedies={cause.remedies} connection={connection} />
      <EvidenceList evidence={cause.evidence} connection={connection} />
      {cause.tells_more && cause.tells_more.length > 0 && (
        <div>
          <h4 className="text-xs font-medium text-muted">{t('explanation.more')}</h4>
          <ul className="mt-1 list-disc space-y-0.5 pl-5 text-sm">
            {cause.tells_more.map((text) => (
              <li key={text}>
                <Sentence>{text}</Sentence>
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

/** What somebody can put right, what passes by itself, and what is not known. The words beside it say the same. */
function CauseSign({ cause }: { cause: Cause }) {
  if (cause.confidence === 'unknown') return <CircleHelp size={16} aria-hidden className="mt-0.75 shrink-0 text-muted" />
  if (cause.inconclusive) return <CloudOff size={16} aria-hidden className="mt-0.75 shrink-0 text-warn" />
  return <CircleAlert size={16} aria-hidden className="mt-0.75 shrink-0 text-bad" />
}

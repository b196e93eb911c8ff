import { useMutation, useQuery } from '@tanstack/react-query'
import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { DecisionReport, DecisionResult } from '@/api/people'
import { asProblem } from '@/api/problem'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { Sentence, Text } from '@/ui/Text'
import { useDebounced } from '@/ui/useDebounced'
import { t } from '@/words'
import { flagWord, personName, resultName } from './names'

/** Makes a change, or says what it would do. */
export type Run = (preview: boolean, signal?: AbortSignal) => Promise<DecisionReport>

interface Props {
  title: string
  /** What the change means, in a sentence. */
  effect: string
  /** The form; what it holds is in key. */
  children?: ReactNode
  /** Undefined while the form is not complete. */
  run: Run | undefined
  /** Another key is another change. */
  changeKey: string
  onClose: () => void
  onDone: (report: DecisionReport) => void
}

/** Asks for a change of decisions, and says what it does to each account before it is made. */
export function ChangeDialog({ title, effect, children, run, changeKey, onClose, onDone }: Props) {
  const settled = useDebounced(changeKey, 250)
  const ready = run !== undefined && settled === changeKey
  const preview = useQuery({
    queryKey: ['preview', settled],
    queryFn: ({ signal }) => (run ? run(true, signal) : Promise.reject(new Error(settled))),
    enabled: ready,
    retry: false,
    staleTime: 0,
    gcTime: 0,
  })
  const make = useMutation({
    mutationFn: (go: Run) => go(false),
    onSuccess: (report) => {
      onDone(report)
      onClose()
    },
  })
  const changes = ready ? (preview.data?.changed ?? 0) : 0
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={title}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" asksAgent busy={make.isPending} disabled={!ready || changes === 0} onClick={() => run && make.mutate(run)}>
            {t('accounts.apply', { count: changes })}
          </Button>
        </>
      }
    >
      {children}
      <p>{effect}</p>
      <p>{t('accounts.readOnly')}</p>
      <section aria-label={t('accounts.preview.title')} className="rounded-md bg-sunken p-3 text-sm">
        <h3 className="font-medium text-text">{t('accounts.preview.title')}</h3>
        <div role="status" className="mt-1">
          {!run ? (
            t('accounts.preview.incomplete')
          ) : preview.isError ? (
            <Refusal error={preview.error} />
          ) : !ready || !preview.data ? (
            t('accounts.preview.waiting')
          ) : (
            <Effect report={preview.data} />
          )}
        </div>
      </section>
      {make.isError && (
        <div role="alert" className="rounded-md bg-bad-soft p-3 text-sm text-bad">
          <p className="font-medium">{t('accounts.report.failed')}</p>
          <Refusal error={make.error} />
        </div>
      )}
    </Dialog>
  )
}

function Refusal({ error }: { error: unknown }) {
  const problem = asProblem(error)
  return (
    <p>
      <Sentence>{statement(problem.message)}</Sentence> {problem.remedy && <Sentence>{problem.remedy}</Sentence>}
    </p>
  )
}

/** So many accounts are named. */
const named = 6

function Effect({ report }: { report: DecisionReport }) {
  const of = (...outcomes: DecisionResult['outcome'][]) => report.items.filter((item) => outcomes.includes(item.outcome))
  const will = of('would_change', 'changed')
  return (
    <div className="space-y-2">
      <Names title={t('accounts.preview.will', { count: report.changed })} items={will} about={whatChanged} />
      {report.unchanged > 0 && <Names title={t('accounts.preview.same', { count: report.unchanged })} items={of('unchanged')} />}
      {report.refused > 0 && (
        <Names
          title={t('accounts.preview.refused', { count: report.refused })}
          items={of('refused')}
          about={({ problem }) => problem && [problem.message, problem.remedy].filter(Boolean).map((text) => statement(text ?? '')).join(' ')}
          bad
        />
      )}
    </div>
  )
}

/** To whom an account is linked now, and which flags it loses and gets. */
function whatChanged({ before, after }: DecisionResult): string {
  const go = before?.flags.filter((flag) => !after?.flags.includes(flag)) ?? []
  const come = after?.flags.filter((flag) => !before?.flags.includes(flag)) ?? []
  const person = after?.person && after.person.id !== before?.person?.id ? after.person : undefined
  return [
    person && t('accounts.preview.person', { person: personName(person) }),
    go.length > 0 && t('accounts.preview.flagsGo', { flags: go.map(flagWord).join(', ') }),
    come.length > 0 && t('accounts.preview.flagsCome', { flags: come.map(flagWord).join(', ') }),
  ].filter(Boolean).join('. ')
}

interface NamesProps {
  title: string
  items: DecisionResult[]
  about?: (item: DecisionResult) => string | undefined
  bad?: boolean
}

function Names({ title, items, about, bad = false }: NamesProps) {
  const rest = items.length - named
  return (
    <div>
      <p className={bad ? 'flex items-center gap-1.5 text-bad' : 'text-text'}>
        {bad && <CircleAlert size={14} aria-hidden className="shrink-0" />}
        {title}
      </p>
      <ul className="list-disc pl-5">
        {items.slice(0, named).map((item) => (
          <li key={item.suggestion ?? item.account}>
            <span className="text-text">
              <Text>{resultName(item)}</Text>
            </span>
            {item.alias && (
              <>
                {' '}
                <Text>{`(${item.alias})`}</Text>
              </>
            )}
            {about?.(item) && (
              <>
                {'. '}
                <Sentence>{about(item)}</Sentence>
              </>
            )}
          </li>
        ))}
      </ul>
      {rest > 0 && <p className="pl-5">{t('accounts.preview.more', { count: rest })}</p>}
    </div>
  )
}

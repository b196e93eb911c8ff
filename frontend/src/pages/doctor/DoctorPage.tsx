import { useQuery } from '@tanstack/react-query'
import { CircleCheck, CircleX, Copy, RefreshCw, TriangleAlert } from 'lucide-react'
import { getDoctor } from '@/api/host'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { Finding } from '@/api/types'
import { copyText } from '@/lib/copy'
import { clockTime } from '@/lib/time'
import { Button } from '@/ui/Button'
import { card } from '@/ui/Section'
import { Segments } from '@/ui/Segments'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { useTitle } from '@/ui/useTitle'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { markdownOf } from './report'

const signs = {
  ok: { Icon: CircleCheck, colour: 'text-ok' },
  warn: { Icon: TriangleAlert, colour: 'text-warn' },
  fail: { Icon: CircleX, colour: 'text-bad' },
}
const worst: Finding['status'][] = ['fail', 'warn', 'ok']

/** What is right and wrong with this installation, the worst first. */
export default function DoctorPage() {
  useTitle(t('doctor.title'))
  const { data, error, refetch, isFetching, dataUpdatedAt } = useQuery({ queryKey: keys.doctor, queryFn: ({ signal }) => getDoctor(signal), staleTime: 0 })
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">{t('doctor.title')}</h1>
          <p className="mt-0.5 text-muted">{data ? t('doctor.at', { at: clockTime(new Date(dataUpdatedAt).toISOString()) }) : t('doctor.about')}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          {data && <CopyButton text={() => markdownOf(data)} title={t('doctor.copyMarkdown')} />}
          {data && <CopyButton text={() => JSON.stringify({ items: data }, null, 2)} title={t('doctor.copyJson')} />}
          <Button look="primary" asksAgent busy={isFetching} icon={<RefreshCw size={14} aria-hidden />} onClick={() => void refetch()}>
            {t('doctor.again')}
          </Button>
        </div>
      </div>
      {error && !data ? (
        <ErrorState what={t('doctor.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
      ) : data ? (
        <Findings findings={data} />
      ) : (
        <div className={`mt-4 ${card}`}>
          <SkeletonRows rows={8} label={t('doctor.loading')} />
        </div>
      )}
    </>
  )
}

function Findings({ findings }: { findings: Finding[] }) {
  const url = useUrl()
  const only = url.one('status')
  const counted = (status: Finding['status']) => findings.filter((one) => one.status === status).length
  const found = worst.flatMap((status) => findings.filter((one) => one.status === status && (only === '' || only === status)))
  const isUsable = (one: Finding) => one.status === 'ok' && one.id.startsWith('connector.')
  const shown = found.filter((one) => !isUsable(one))
  const usable = found.filter(isUsable)
  return (
    <>
      <div className="mt-4">
        <Segments
          label={t('doctor.filter')}
          value={only}
          onChange={(status) => url.set({ status })}
          options={[{ value: '', title: t('doctor.all'), count: findings.length }, ...worst.map((status) => ({ value: status, title: t(`doctor.status.${status}`), count: counted(status) }))]}
        />
      </div>
      {found.length === 0 && <EmptyState title={t('doctor.none')} />}
      {shown.length > 0 && <List findings={shown} />}
      {usable.length > 0 && (
        <details className="mt-4">
          <summary className="min-h-6 text-sm font-medium">{t('doctor.usable', { count: usable.length })}</summary>
          <List findings={usable} />
        </details>
      )}
    </>
  )
}

function List({ findings }: { findings: Finding[] }) {
  return (
    <ul className={`mt-4 divide-y divide-line ${card}`}>
      {findings.map((finding) => (
        <li key={finding.id} className="flex items-start gap-3 px-4 py-2.5 compact:py-1.5" data-finding={finding.id}>
          <Row finding={finding} />
        </li>
      ))}
    </ul>
  )
}

/** Findings are no sentences: some are only a path. */
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function Row({ finding }: { finding: Finding }) {
  const { Icon, colour } = signs[finding.status]
  return (
    <>
      <Icon size={16} aria-hidden className={`mt-0.75 shrink-0 ${colour}`} />
      <div className="grid min-w-0 flex-1 gap-x-4 md:grid-cols-[12rem_minmax(0,1fr)]">
        <h2 className="text-sm font-medium">
          <span className="sr-only">{t(`doctor.status.${finding.status}`)}: </span>
          <Text>{finding.title}</Text>
        </h2>
        <div className="min-w-0 text-sm">
          <p className="text-muted">
            <Sentence>{capital(finding.message)}</Sentence>
          </p>
          {finding.fix && (
            <p className="mt-0.5">
              <Sentence>{finding.fix}</Sentence>
            </p>
          )}
        </div>
      </div>
    </>
  )
}

function CopyButton({ text, title }: { text: () => string; title: string }) {
  const copy = () => void copyText(text()).then((done) => (done ? notify.done(t('doctor.copied')) : notify.failed(t('doctor.notCopied'), t('doctor.notCopiedWhy'))))
  return (
    <Button icon={<Copy size={14} aria-hidden />} onClick={copy}>
      {title}
    </Button>
  )
}

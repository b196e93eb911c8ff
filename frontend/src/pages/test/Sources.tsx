import { CircleCheck, TriangleAlert } from 'lucide-react'
import { Link } from 'wouter'
import type { Test, TestReading } from '@/api/tests'
import { connectionPath, runPath } from '@/lib/paths'
import { visible } from '@/lib/visible'
import { kindWord } from '@/lib/words'
import { card, Section } from '@/ui/Section'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'
const link = 'rounded py-0.5 hover:underline'

/** Every list that the test read, how far it can be relied on, and the run that read it. */
export function Sources({ test }: { test: Test }) {
  const { sources } = test.result
  return (
    <Section title={t('tests.sources.title')}>
      <div className={card}>
        {sources.length === 0 ? (
          <p className="px-4 py-4 text-muted">{t('tests.sources.none')}</p>
        ) : (
          <div role="region" aria-label={t('tests.sources.title')} tabIndex={0} className="overflow-x-auto focus-visible:-outline-offset-2">
            <table className="w-full text-sm">
              <thead className="border-b border-line">
                <tr>
                  {(['connection', 'list', 'use', 'asOf', 'read', 'run'] as const).map((name) => (
                    <th key={name} scope="col" className={head}>
                      {t(`tests.sources.${name}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody className="divide-y divide-line">
                {sources.map((source) => (
                  <Row key={`${source.connection} ${source.stream}`} source={source} />
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </Section>
  )
}

function Row({ source }: { source: TestReading }) {
  const list = `${connectionPath({ id: source.connection, alias: source.alias })}/data?${new URLSearchParams({ stream: source.stream }).toString()}`
  return (
    <tr className="align-top hover:bg-hover" data-source={source.alias}>
      <th scope="row" className="px-4 py-2 font-medium whitespace-nowrap">
        <Link href={connectionPath({ id: source.connection, alias: source.alias })} className={link}>
          <Text>{source.alias}</Text>
        </Link>
      </th>
      <td className="px-4 py-2 whitespace-nowrap">
        <Link href={list} className={link}>
          <Text>{source.stream}</Text>
        </Link>{' '}
        <span className="text-xs text-muted">{kindWord(source.kind)}</span>
      </td>
      <td className="px-4 py-2 whitespace-nowrap text-muted">{t(source.direct ? 'tests.sources.judge' : 'tests.sources.lookUp')}</td>
      <td className="px-4 py-2 whitespace-nowrap">
        <Time at={source.as_of} missing={t('tests.neverRead')} />
      </td>
      <td className="min-w-48 px-4 py-2">
        <HowRead source={source} />
      </td>
      <td className="px-4 py-2 whitespace-nowrap">
        {source.run && (
          <Link href={runPath(source.run)} className={link} aria-label={visible(t('tests.sources.runOf', { alias: source.alias }))}>
            {t('tests.sources.openRun')}
          </Link>
        )}
      </td>
    </tr>
  )
}

/** Whether a list was read whole and lately; what is missing in words. */
function HowRead({ source }: { source: TestReading }) {
  const gaps = source.gaps ?? []
  if (source.complete && !source.stale && gaps.length === 0) {
    return (
      <span className="inline-flex items-center gap-1.5 text-ok">
        <CircleCheck size={14} aria-hidden />
        {t('tests.sources.whole')}
      </span>
    )
  }
  return (
    <div className="flex items-start gap-1.5 text-warn">
      <TriangleAlert size={14} aria-hidden className="mt-0.75 shrink-0" />
      <div>
        {[...(source.complete ? [] : [t('tests.sources.part')]), ...(source.stale ? [t('tests.sources.stale')] : [])].join(', ')}
        {gaps.map((gap) => (
          <p key={gap} className="text-muted">
            <Sentence>{gap}</Sentence>
          </p>
        ))}
      </div>
    </div>
  )
}

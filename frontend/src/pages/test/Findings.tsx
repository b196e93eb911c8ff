import { useRef, useState } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { Test, TestItem } from '@/api/tests'
import { connectionPath, recordPath } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { visible } from '@/lib/visible'
import { actorWords, statement } from '@/lib/words'
import { OutcomeWord } from '@/parts/tests/State'
import { Button } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { card, Section } from '@/ui/Section'
import { Segments } from '@/ui/Segments'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useKeys } from '@/ui/useKeys'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { ExcludeDialog, itemName } from './Dialogs'
import { useFindings } from './queries'

const outcomes = ['fail', 'unknown', 'excluded'] as const

/** The items that do not pass, each with the record as it was judged. */
export function Findings({ test }: { test: Test }) {
  const { one, set } = useUrl()
  const { tally } = test.result
  const chosen = outcomes.find((outcome) => outcome === one('outcome'))
  const query = useFindings(test.id, chosen)
  const items = query.data?.pages.flatMap((page) => page.items)
  const all = outcomes.reduce((sum, outcome) => sum + tally[outcome], 0)
  const left = Math.max(0, (chosen ? tally[chosen] : all) - (items?.length ?? 0))
  return (
    <Section
      title={t('tests.findings.title')}
      aside={
        all > 0 && (
          <Segments
            label={t('tests.findings.which')}
            value={chosen ?? ''}
            options={[
              { value: '', title: t('tests.findings.all'), count: all },
              ...outcomes
                .filter((outcome) => tally[outcome] > 0 || chosen === outcome)
                .map((value) => ({ value, title: t(`tests.outcome.${value}`), count: tally[value] })),
            ]}
            onChange={(outcome) => set({ outcome })}
          />
        )
      }
    >
      <div className={card} aria-busy={query.isPlaceholderData}>
        {!items ? (
          query.isError ? (
            <ErrorState what={t('tests.findings.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
          ) : (
            <SkeletonRows rows={3} label={t('tests.findings.loading')} />
          )
        ) : items.length > 0 ? (
          <Table test={test} items={items} />
        ) : (
          <p className="px-4 py-4 text-muted">{nothing(test, chosen !== undefined)}</p>
        )}
        {query.hasNextPage && (
          <div className="flex flex-wrap items-center justify-center gap-x-3 gap-y-1 border-t border-line p-2 text-sm text-muted">
            <Button size="sm" look="ghost" asksAgent busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('tests.findings.more')}
            </Button>
            {left > 0 && t('tests.findings.left', { count: left })}
          </div>
        )}
        {items && query.isFetchNextPageError && (
          <p role="alert" className="border-t border-line px-4 py-2 text-sm text-bad">
            <Sentence>{statement(asProblem(query.error).message)}</Sentence>
          </p>
        )}
      </div>
    </Section>
  )
}

/** Why there is no finding. */
function nothing({ result }: Test, filtered: boolean): string {
  if (filtered) return t('tests.findings.noneOf')
  if (result.state === 'passing') return t('tests.findings.none')
  return t(result.tally.in_scope === 0 ? 'tests.findings.noneJudged' : 'tests.findings.noneKnown')
}

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

function Table({ test, items }: { test: Test; items: TestItem[] }) {
  const [asked, setAsked] = useState<TestItem>()
  const body = useRef<HTMLTableSectionElement>(null)
  const move = (by: number) => {
    const links = [...(body.current?.querySelectorAll<HTMLElement>('th a') ?? [])]
    const at = links.findIndex((link) => link.closest('tr')?.contains(document.activeElement))
    links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus()
  }
  useKeys({ next: () => move(1), previous: () => move(-1) })
  return (
    <>
      <table className="w-full text-sm" aria-label={t('tests.findings.title')}>
        <thead className="border-b border-line">
          <tr>
            <th scope="col" className={head}>
              {t('tests.findings.item')}
            </th>
            <th scope="col" className={head}>
              {t('tests.findings.outcome')}
            </th>
            <th scope="col" className={`${head} hidden sm:table-cell`}>
              {t('tests.findings.why')}
            </th>
            <th scope="col" className={`${head} hidden md:table-cell`}>
              {t('tests.findings.connection')}
            </th>
            <th scope="col" className={`${head} hidden lg:table-cell`}>
              {t('tests.findings.since')}
            </th>
            <th scope="col" className={head}>
              <span className="sr-only">{t('tests.findings.action')}</span>
            </th>
          </tr>
        </thead>
        <tbody ref={body} className="divide-y divide-line">
          {items.map((item, i) => (
            <Row key={`${item.connection} ${item.stream} ${item.key} ${i}`} item={item} onExclude={() => setAsked(item)} />
          ))}
        </tbody>
      </table>
      {asked && <ExcludeDialog test={test} item={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

function Row({ item, onExclude }: { item: TestItem; onExclude: () => void }) {
  const why = <Why item={item} />
  return (
    <tr className="align-top hover:bg-hover" data-finding={item.outcome}>
      <th scope="row" className="px-4 py-2 font-medium break-words">
        <Item item={item} />
        <div className="mt-0.5 font-normal text-muted sm:hidden">{why}</div>
      </th>
      <td className="px-4 py-2">
        <span className="inline-flex flex-wrap gap-x-2 gap-y-0.5">
          <OutcomeWord outcome={item.outcome} />
          {item.overdue && <Tag>{t('tests.findings.overdue')}</Tag>}
        </span>
      </td>
      <td className="hidden px-4 py-2 sm:table-cell">{why}</td>
      <td className="hidden px-4 py-2 whitespace-nowrap text-muted md:table-cell">
        <Text>{item.alias}</Text>
      </td>
      <td className="hidden px-4 py-2 whitespace-nowrap text-muted lg:table-cell">
        <Time at={item.first_failed_at ?? item.observed_at} />
      </td>
      <td className="px-2 py-1 text-right">
        {item.outcome !== 'excluded' && (
          <Button size="sm" look="ghost" asksAgent aria-label={visible(t('tests.decide.excludeOf', { item: itemName(item) }), 200)} onClick={onExclude}>
            {t('tests.decide.excludeAsk')}
          </Button>
        )}
      </td>
    </tr>
  )
}

const link = 'rounded py-0.5 underline decoration-line-strong underline-offset-2 hover:decoration-current'

/** The record that was judged, as it was then; of a count, what was counted. */
function Item({ item }: { item: TestItem }) {
  if (item.connection && item.stream && item.key) {
    const name = item.name || item.key
    const ref = { connection: item.alias || item.connection, stream: item.stream, key: item.key }
    return (
      <Link href={recordPath(ref, item.observed_at)} className={link} title={visible(t('tests.findings.open', { item: name }), 200)}>
        <Text>{name}</Text>
      </Link>
    )
  }
  if (!item.connection) return <>{t('tests.findings.everything')}</>
  const alias = item.alias || item.connection
  return (
    <Link href={connectionPath({ id: item.connection, alias })} className={link}>
      {t('tests.findings.countOf', { alias })}
    </Link>
  )
}

function Why({ item }: { item: TestItem }) {
  const { exclusion } = item
  if (!exclusion) return <Sentence>{statement(item.message ?? '')}</Sentence>
  const said = { reason: statement(exclusion.reason), actor: actorWords(exclusion.by) }
  return <>{exclusion.until ? t('tests.findings.excludedUntil', { ...said, until: zonedTime(exclusion.until) }) : t('tests.findings.excluded', said)}</>
}

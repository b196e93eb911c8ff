import { useState } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { Exclusion, Test } from '@/api/tests'
import { recordPath } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { visible } from '@/lib/visible'
import { actorWords, statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { card, Section } from '@/ui/Section'
import { ErrorState } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { itemName, WithdrawDialog } from './Dialogs'
import { useExclusions } from './queries'

/** Every item that was taken out of the test, also those whose time is over: auditors ask for them. */
export function Exclusions({ test }: { test: Test }) {
  const query = useExclusions(test.id)
  const [asked, setAsked] = useState<Exclusion>()
  if (query.isError && !query.data) {
    return <ErrorState what={t('tests.exclusions.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  }
  if (!query.data || query.data.length === 0) return null
  return (
    <Section title={t('tests.exclusions.title')} aside={<p className="text-sm text-muted">{t('tests.exclusions.about')}</p>}>
      <ul className={`${card} divide-y divide-line`}>
        {query.data.map((one) => (
          <li key={one.id} className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-2.5" data-exclusion={one.state}>
            <div className="min-w-0 flex-1 basis-72">
              <p className="flex flex-wrap items-center gap-2 font-medium">
                <ItemLink one={one} />
                <Tag>{t(`tests.exclusions.${one.state}`)}</Tag>
              </p>
              <p className="text-sm">
                <Sentence>{statement(one.reason)}</Sentence>
              </p>
              <p className="text-xs text-muted">
                {t('tests.exclusions.by', { actor: actorWords(one.by), moment: zonedTime(one.at) })}{' '}
                {one.until ? t('tests.exclusions.until', { moment: zonedTime(one.until) }) : t('tests.exclusions.open')}
              </p>
              {one.withdrawn && (
                <p className="text-xs text-muted">
                  {t('tests.exclusions.withdrawnBy', { actor: actorWords(one.withdrawn.by), moment: zonedTime(one.withdrawn.at) })}{' '}
                  <Sentence>{statement(one.withdrawn.reason)}</Sentence>
                </p>
              )}
            </div>
            {one.state === 'stands' && (
              <Button size="sm" asksAgent aria-label={visible(t('tests.exclusions.withdrawOf', { item: itemName(one) }), 200)} onClick={() => setAsked(one)}>
                {t('tests.exclusions.withdraw')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {asked && <WithdrawDialog exclusion={asked} onClose={() => setAsked(undefined)} />}
    </Section>
  )
}

function ItemLink({ one }: { one: Exclusion }) {
  const name = <Text>{itemName(one)}</Text>
  if (!one.connection || !one.stream || !one.key) return name
  return (
    <Link
      href={recordPath({ connection: one.alias || one.connection, stream: one.stream, key: one.key })}
      className="rounded underline decoration-line-strong underline-offset-2 hover:decoration-current"
    >
      {name}
    </Link>
  )
}

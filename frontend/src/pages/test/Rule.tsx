import type { ReactNode } from 'react'
import type { Test } from '@/api/tests'
import { visible } from '@/lib/visible'
import { kindWord } from '@/lib/words'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { useCategoryTitles } from './queries'

const list = new Intl.ListFormat('en', { type: 'disjunction' })

/** What is judged and what must hold: in words, and as the expressions that are computed. */
export function Rule({ test }: { test: Test }) {
  const titles = useCategoryTitles()
  const kind = kindWord(test.kind)
  const categories = (test.categories ?? []).map((id) => titles.get(id) ?? visible(id))
  return (
    <Section title={t('tests.rule.title')}>
      <dl className={`${card} grid gap-x-4 gap-y-2.5 px-4 py-3 sm:grid-cols-[9rem_minmax(0,1fr)]`}>
        <Part title={t('tests.rule.judges')}>
          {categories.length > 0 ? t('tests.rule.judgesOf', { kind, categories: list.format(categories) }) : t('tests.rule.judgesKind', { kind })}
        </Part>
        <Part title={t('tests.rule.scope')}>{test.scope ? <Expression text={test.scope} /> : t('tests.rule.scopeAll')}</Part>
        {test.count && (
          <Part title={t('tests.rule.counted')}>
            {t(`tests.rule.by.${test.count.by}`)}
            {test.count.of ? <Expression text={test.count.of} /> : <p className="text-muted">{t('tests.rule.countedAll')}</p>}
          </Part>
        )}
        <Part title={t('tests.rule.expect')}>
          <Text>{test.title}</Text>
          <Expression text={test.expect} />
        </Part>
        {test.message && (
          <Part title={t('tests.rule.message')}>
            <Expression text={test.message} />
          </Part>
        )}
        {(test.parameters ?? []).length > 0 && (
          <Part title={t('tests.rule.parameters')}>
            <ul>
              {(test.parameters ?? []).map((parameter) => (
                <li key={parameter.name} className="flex flex-wrap items-baseline gap-x-2">
                  <span>
                    <Text>{parameter.title}</Text>:
                  </span>
                  <strong className="tabular font-medium">
                    <Text>{valueWords(parameter.default)}</Text>
                  </strong>
                  <code className="font-mono text-xs text-muted">p.{parameter.name}</code>
                </li>
              ))}
            </ul>
          </Part>
        )}
      </dl>
    </Section>
  )
}

const valueWords = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(', ') : String(value))

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-sm text-muted">{title}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}

/** An expression as it is computed. */
function Expression({ text }: { text: string }) {
  return (
    <code className="mt-0.5 block rounded bg-sunken px-2 py-1 font-mono text-xs break-words whitespace-pre-wrap">
      <Text lines>{text}</Text>
    </code>
  )
}

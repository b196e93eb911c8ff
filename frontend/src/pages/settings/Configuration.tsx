import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Setting } from '@/api/types'
import { statement } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { card, Section } from '@/ui/Section'
import { SearchBox } from '@/ui/SearchBox'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Code, Sentence, Text } from '@/ui/Text'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { Fact } from './Fact'
import { useConfig, useDoctor } from './queries'

/** Every key of the configuration in force, and the company's proxy, which the environment says. */
export function Configuration() {
  const { data, error, refetch } = useConfig()
  const url = useUrl()
  const [q, setQ] = useState(url.one('q'))
  const type = (text: string) => {
    setQ(text)
    url.set({ q: text }, 'typing')
  }
  const shown = data?.filter(({ key, description }) => `${key} ${description}`.toLowerCase().includes(q.toLowerCase()))
  return (
    <Section title={t('settings.configuration.title')} aside={<SearchBox label={t('settings.configuration.search')} value={q} onChange={type} />}>
      <p className="mb-2 max-w-3xl text-sm text-muted">
        <Sentence>{t('settings.configuration.how')}</Sentence>
      </p>
      <div className={card}>
        {error && !data ? (
          <ErrorState what={t('settings.configuration.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : !shown ? (
          <SkeletonRows rows={6} label={t('settings.configuration.loading')} />
        ) : shown.length === 0 ? (
          <EmptyState title={t('settings.configuration.none')} />
        ) : (
          <dl className="divide-y divide-line">
            {q === '' && <ProxyFact />}
            {shown.map((setting) => (
              <SettingFact key={setting.key} setting={setting} />
            ))}
          </dl>
        )}
      </div>
    </Section>
  )
}

function SettingFact({ setting }: { setting: Setting }) {
  const isSet = setting.origin !== 'default'
  return (
    <Fact name={<Code text={setting.key} />} about={<Sentence>{statement(setting.description)}</Sentence>}>
      <span className="flex flex-wrap items-center gap-2">
        <span className="font-mono text-xs break-all">{setting.value === '' ? t('settings.configuration.empty') : <Text>{setting.value}</Text>}</span>
        <Chip tone={isSet ? 'info' : 'quiet'}>{t(`settings.origin.${setting.origin}`)}</Chip>
      </span>
      <span className="mt-0.5 block text-xs text-faint">{t('settings.configuration.variable', { name: setting.environment })}</span>
    </Fact>
  )
}

/** The proxy and its trust are the environment's, not the configuration's; Doctor reads them. */
function ProxyFact() {
  const proxy = useDoctor().data?.find(({ id }) => id === 'proxy')
  if (!proxy) return null
  return (
    <Fact name={t('settings.configuration.network')} about={t('settings.configuration.networkMeaning')}>
      <Sentence>{statement(proxy.message)}</Sentence> <Sentence>{proxy.fix}</Sentence>
    </Fact>
  )
}

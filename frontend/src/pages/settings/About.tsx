import { useStatus } from '@/api/host'
import { fullTime } from '@/lib/time'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { Fact } from './Fact'

/** Which Plumbline this is, where its data is, and the licences of what it is made of. */
export function About() {
  const { data } = useStatus()
  return (
    <Section title={t('settings.about.title')}>
      <dl className={`divide-y divide-line ${card}`}>
        <Fact name={t('settings.about.version')}>{data?.version ?? '–'}</Fact>
        <Fact name={t('settings.about.runs')}>{data ? t('settings.about.runsAs', { mode: data.mode, pid: data.pid, at: fullTime(data.started_at) }) : '–'}</Fact>
        <Fact name={t('settings.about.data')} about={t('settings.about.dataMeaning')}>
          <span className="font-mono text-xs break-all">
            <Text>{data?.data_dir}</Text>
          </span>
        </Fact>
        <Fact name={t('settings.about.licences')}>
          <a href="/licenses.md" target="_blank" rel="noreferrer" className="text-accent underline underline-offset-2">
            {t('settings.about.licencesLink')}
          </a>
        </Fact>
      </dl>
    </Section>
  )
}

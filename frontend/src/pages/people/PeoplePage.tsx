import { Fill } from '@/ui/Fill'
import { TabLinks } from '@/ui/TabLinks'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { PeopleList } from './PeopleList'
import { PersonPage } from './PersonPage'
import { SourceOrder } from './SourceOrder'
import { Suggestions } from './Suggestions'

/** Who works for the company: the people, the suggestions for accounts that nobody has, and where people are known from. */
export default function PeoplePage({ part }: { part: string | undefined }) {
  if (part !== undefined && part !== 'suggestions' && part !== 'sources') return <PersonPage key={part} id={part} />
  return <Lists part={part} />
}

function Lists({ part }: { part: 'suggestions' | 'sources' | undefined }) {
  useTitle(part ? t(`people.tabs.${part}`) : t('people.title'))
  return (
    <Fill>
      <h1 className="text-xl font-semibold tracking-tight">{t('people.title')}</h1>
      <p className="mt-0.5 max-w-4xl text-muted">{part ? t(`people.${part}.lead`) : t('people.lead')}</p>
      <div className="mt-3 shrink-0">
        <TabLinks
          label={t('people.tabs.label')}
          tabs={[
            { href: '/people', title: t('people.tabs.people'), count: undefined, current: !part },
            { href: '/people/suggestions', title: t('people.tabs.suggestions'), count: undefined, current: part === 'suggestions' },
            { href: '/people/sources', title: t('people.tabs.sources'), count: undefined, current: part === 'sources' },
          ]}
        />
      </div>
      <div className="mt-3 flex min-h-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-panel">
        {part === 'suggestions' ? <Suggestions /> : part === 'sources' ? <SourceOrder /> : <PeopleList />}
      </div>
    </Fill>
  )
}

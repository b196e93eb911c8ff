import { testStates, type TestList } from '@/api/tests'
import { visible } from '@/lib/visible'
import { kindWord } from '@/lib/words'
import { FacetMenu } from '@/parts/FacetMenu'
import { SearchBox } from '@/ui/SearchBox'
import { Toggles } from '@/ui/Toggles'
import type { Url } from '@/ui/useUrl'
import { t } from '@/words'
import { cleared, menus, type MenuName } from './address'
import { useCategoryTitles } from './queries'

interface Props {
  url: Url
  list: TestList | undefined
  filtered: boolean
  stale: boolean
}

/** Everything that says which tests are wanted; each value with how many it would show. */
export function Filters({ url, list, filtered, stale }: Props) {
  const titles = useCategoryTitles()
  const titleOf = (name: MenuName, value: string) => {
    if (name === 'severity') return t(`tests.severity.${value as 'high'}`)
    if (name === 'lifecycle') return t(`tests.lifecycle.${value as 'enabled'}`)
    if (name === 'kind') return kindWord(value)
    return name === 'category' ? (titles.get(value) ?? visible(value)) : value
  }
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
      <SearchBox label={t('tests.search')} value={url.one('q')} onChange={(q) => url.set({ q }, 'typing')} />
      <States url={url} list={list} />
      {menus.map((name) => (
        <FacetMenu
          key={name}
          title={t(`tests.facet.${name}`)}
          facet={list?.facets.find((facet) => facet.name === name)}
          chosen={url.all(name)}
          titleOf={(value) => titleOf(name, value)}
          onChange={(chosen) => url.set({ [name]: chosen })}
        />
      ))}
      {filtered && (
        <button type="button" onClick={() => url.set(cleared)} className="h-7 px-1.5 text-sm text-muted underline hover:text-text">
          {t('tests.clear')}
        </button>
      )}
      <span className={`text-sm sm:ml-auto ${stale ? 'text-faint' : 'text-muted'}`}>
        {list && t('tests.count', { count: list.matched })}
      </span>
    </div>
  )
}

/** The states that tests are in, any of them together; the counts of all states sum to that of All. */
function States({ url, list }: Pick<Props, 'url' | 'list'>) {
  const chosen = url.all('state')
  const values = list?.facets.find((facet) => facet.name === 'state')?.values ?? []
  const of = (state: string) => values.find(({ value }) => value === state)?.count ?? 0
  const shown = testStates.filter((state) => of(state) > 0 || chosen.includes(state))
  return (
    <Toggles
      label={t('tests.which')}
      all={{ value: '', title: t('tests.any'), count: list && values.reduce((sum, { count }) => sum + count, 0) }}
      options={shown.map((state) => ({ value: state, title: t(`tests.state.${state}`), count: list && of(state) }))}
      chosen={chosen}
      onChange={(state) => url.set({ state })}
    />
  )
}

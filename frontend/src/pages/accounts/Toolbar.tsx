import { ListFilter } from 'lucide-react'
import { useState } from 'react'
import type { AccountList, AccountPage } from '@/api/people'
import { count } from '@/lib/numbers'
import { flags, flagWord, valueWord } from '@/parts/accounts/names'
import { ExportButton } from '@/parts/export/ExportButton'
import { FacetMenu } from '@/parts/FacetMenu'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { KeepFocus } from '@/ui/KeepFocus'
import { SearchBox } from '@/ui/SearchBox'
import { useMedia } from '@/ui/useMedia'
import type { Url } from '@/ui/useUrl'
import { t } from '@/words'
import { chosenOf, choosing, cleared, facetsOf, isFiltered, menusOf, queryOf, type FacetName } from './address'

interface Props {
  page: AccountPage
  url: Url
  list: AccountList | undefined
  stale: boolean
}

/** What is searched, sorted out and counted. */
export function Toolbar({ page, url, list, stale }: Props) {
  const { usual, more } = menusOf(page)
  const [asked, setAsked] = useState(false)
  const roomy = useMedia('(min-width: 48rem)')
  const chosen = [...usual, ...more].some((name) => chosenOf(url, name).length > 0)
  const open = asked || more.some((name) => chosenOf(url, name).length > 0)
  const menu = (name: FacetName) => (
    <FacetMenu
      key={name}
      title={t(`accounts.facet.${name}`)}
      facet={list?.facets.find((facet) => facet.name === name)}
      chosen={chosenOf(url, name)}
      titleOf={(value) => titleOf(name, value)}
      onChange={(values) => url.set(choosing(url, name, values))}
    />
  )
  return (
    <div className="space-y-2 border-b border-line px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox label={t('accounts.search')} value={url.one('q')} onChange={(q) => url.set({ q }, 'typing')} />
        {(roomy || asked || chosen) && usual.map(menu)}
        <KeepFocus className="contents">
          {open ? (
            more.map(menu)
          ) : (
            <Button look="ghost" icon={<ListFilter size={14} aria-hidden />} aria-expanded={false} onClick={() => setAsked(true)}>
              {t(roomy || chosen ? 'accounts.facet.more' : 'accounts.facet.some')}
            </Button>
          )}
        </KeepFocus>
      </div>
      <div className="flex flex-wrap items-center justify-end gap-x-3 gap-y-2">
        <Attention url={url} list={list} />
        <Count page={page} list={list} stale={stale} />
        {list?.matched !== undefined && <ExportButton {...exportOf(page, url, list)} />}
      </div>
    </div>
  )
}

/** What is to see to, each with how many there are; pressing one shows only those. */
function Attention({ url, list }: { url: Url; list: AccountList | undefined }) {
  const chosen = chosenOf(url, 'flag')
  const counted = new Map(list?.facets.find((facet) => facet.name === 'flag')?.values.map(({ value, count: n }) => [value, n]))
  const shown = flags.filter((flag) => (counted.get(flag) ?? 0) > 0 || chosen.includes(flag))
  if (shown.length === 0 && !isFiltered(url)) return null
  return (
    <div className="mr-auto flex max-w-full min-w-0 flex-wrap items-center gap-1.5">
      {shown.length > 0 && (
        <ul aria-label={t('accounts.attention.label')} className="flex flex-wrap gap-1.5 max-md:-mx-4 max-md:flex-nowrap max-md:overflow-x-auto max-md:px-4 max-md:py-0.5">
          {shown.map((flag) => {
            const pressed = chosen.includes(flag)
            return (
              <li key={flag} className="shrink-0">
                <button
                  type="button"
                  aria-pressed={pressed}
                  title={t(`accounts.flagWhy.${flag}`)}
                  onClick={() => url.set(choosing(url, 'flag', pressed ? chosen.filter((one) => one !== flag) : [...chosen, flag]))}
                  className={cx(
                    'inline-flex h-7 items-center gap-1.5 rounded-full border px-2.5 text-sm',
                    pressed ? 'border-accent bg-accent-soft font-medium text-accent' : 'border-line text-muted hover:bg-hover hover:text-text',
                  )}
                >
                  {flagWord(flag)}
                  <span className="tabular text-xs">{count(counted.get(flag) ?? 0)}</span>
                </button>
              </li>
            )
          })}
        </ul>
      )}
      {isFiltered(url) && (
        <button type="button" onClick={() => url.set(cleared)} className="h-7 px-1.5 text-sm text-muted underline hover:text-text">
          {t('accounts.facet.clearAll')}
        </button>
      )}
    </div>
  )
}

function Count({ page, list, stale }: { page: AccountPage; list: AccountList | undefined; stale: boolean }) {
  return (
    <span role="status" className={cx('text-sm', stale ? 'text-faint' : 'text-muted')}>
      {list?.matched !== undefined && t(page === 'background-check' ? 'accounts.checks' : 'accounts.count', { count: list.matched })}
    </span>
  )
}

/** The words for a value of a facet. What people and systems are called stays as it is. */
function titleOf(name: FacetName, value: string): string {
  if (name === 'connection') return value || t('accounts.value.none')
  if (name === 'owner') return value === 'none' ? t('accounts.panel.noOwner') : value
  if (name === 'state' && value === 'present') return t('accounts.value.present')
  return valueWord(value)
}

function exportOf(page: AccountPage, url: Url, list: AccountList) {
  const { q, facet, sort } = queryOf(url, url.one('q').trim())
  return {
    list: 'accounts' as const,
    filter: { page, ...(q && { q }), ...(facet && { facet }), ...(sort && { sort }) },
    conditions: [...(q ? [q] : []), ...facetsOf(url).map(inWords)],
    ...(list.matched !== undefined && { rows: list.matched }),
    sources: list.sources,
  }
}

function inWords(facet: string): string {
  const at = facet.indexOf(':')
  const [name, value] = [facet.slice(0, at) as FacetName, facet.slice(at + 1)]
  const flag = flags.find((one) => one === value)
  return `${t(`accounts.facet.${name}`)}: ${name === 'flag' && flag ? flagWord(flag) : titleOf(name, value)}`
}

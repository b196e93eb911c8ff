import { Rows2, Rows3, X } from 'lucide-react'
import type { ConnectionPage } from '@/api/types'
import { count } from '@/lib/numbers'
import { visible } from '@/lib/visible'
import { reasonWord } from '@/lib/words'
import { FacetMenu } from '@/parts/FacetMenu'
import { IconButton } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { preferences, usePreferences } from '@/ui/preferences'
import { SearchBox } from '@/ui/SearchBox'
import { Text } from '@/ui/Text'
import type { Url } from '@/ui/useUrl'
import { t } from '@/words'
import { cleared, facetNames, groupings, groupOf, healths, isFiltered, orderOf, type FacetName } from './address'
import { ViewsMenu } from './ViewsMenu'

interface Props {
  url: Url
  page: ConnectionPage | undefined
  titles: ReadonlyMap<string, string>
}

export type TitleOf = (facet: FacetName, value: string) => string

/** The words for a value of a facet. */
export const titlesOf =
  (titles: ReadonlyMap<string, string>): TitleOf =>
  (facet, value) => {
    if (facet === 'health') return t(`connections.${healths.find((h) => h === value) ?? 'unknown'}`)
    if (facet === 'reason') return reasonWord(value)
    if (facet === 'category') return titles.get(value) ?? visible(value)
    return value === 'none' ? t('connections.no_owner') : value
  }

/** Everything that says which connections are wanted and how. */
export function Toolbar({ url, page, titles }: Props) {
  const titleOf = titlesOf(titles)
  const facet = (name: FacetName) => page?.facets?.find((one) => one.name === name)
  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center gap-2">
        <div title={t('connections.search_hint')}>
          <SearchBox label={t('connections.search')} value={url.one('q')} onChange={(value) => url.set({ q: value, after: '' }, 'typing')} />
        </div>
        <StatusFilter url={url} counts={facet('health')?.values} />
        {(['reason', 'category', 'owner'] as const).map((name) => (
          <FacetMenu
            key={name}
            title={t(`connections.facet_${name}`)}
            facet={facet(name)}
            chosen={url.all(name)}
            titleOf={(value) => titleOf(name, value)}
            onChange={(chosen) => url.set({ [name]: chosen, after: '' })}
          />
        ))}
      </div>
      <Chosen url={url} titleOf={titleOf} />
    </div>
  )
}

/** How the list is drawn: groups, order, views and how much room a row has. */
export function ListControls({ url }: { url: Url }) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Choice
        label={t('connections.group')}
        value={groupOf(url) ?? ''}
        options={[{ value: '', title: t('connections.group_none') }, ...groupings.map((g) => ({ value: g, title: t(`connections.group_${g}`) }))]}
        onChange={(value) => url.set({ group: value, after: '' })}
      />
      <Order url={url} />
      <ViewsMenu />
      <Density />
    </div>
  )
}

/** Operational status: any of its values together, each with how many it would show. */
function StatusFilter({ url, counts }: { url: Url; counts: { value: string; count: number }[] | undefined }) {
  const chosen = url.all('health')
  const set = (next: string[]) => url.set({ health: next, after: '' })
  const of = (value: string) => counts?.find((one) => one.value === value)?.count
  const shown = healths.filter((health) => health === 'healthy' || health === 'unhealthy' || (of(health) ?? 0) > 0 || chosen.includes(health))
  const segment = (value: string, title: string, pressed: boolean, onClick: () => void) => (
    <button
      key={value}
      type="button"
      aria-pressed={pressed}
      onClick={onClick}
      className={cx('inline-flex h-6.5 items-center gap-1.5 rounded px-2 text-sm', pressed ? 'bg-sunken font-medium text-text' : 'text-muted hover:text-text')}
    >
      {title}
      {of(value) !== undefined && <span className="tabular text-xs text-faint">{count(of(value) ?? 0)}</span>}
    </button>
  )
  return (
    <div role="group" aria-label={t('connections.status')} className="inline-flex flex-wrap rounded-md border border-line-strong bg-panel p-0.5">
      {segment('', t('connections.all'), chosen.length === 0, () => set([]))}
      {shown.map((health) => {
        const pressed = chosen.includes(health)
        return segment(health, t(`connections.${health}`), pressed, () => set(pressed ? chosen.filter((one) => one !== health) : [...chosen, health]))
      })}
    </div>
  )
}

const orderChoices = ['urgent', 'alias', 'last_success', 'next_run', '-records', 'owner', 'newest'] as const

function Order({ url }: { url: Url }) {
  const order = orderOf(url)
  const known = orderChoices.find((one) => one === order)
  const options: { value: string; title: string }[] = orderChoices.map((value) => ({ value, title: t(`connections.order_${value}`) }))
  if (!known) options.push({ value: order, title: order })
  return <Choice label={t('connections.sort')} value={order} options={options} onChange={(value) => url.set({ order: value === 'urgent' ? '' : value, after: '' })} />
}

interface ChoiceProps {
  label: string
  value: string
  options: { value: string; title: string }[]
  onChange: (value: string) => void
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      className="h-8 rounded-md border border-line-strong bg-panel px-2 text-sm text-muted hover:bg-hover"
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.title}
        </option>
      ))}
    </select>
  )
}

function Density() {
  const { density } = usePreferences()
  const other = density === 'compact' ? 'comfortable' : 'compact'
  return (
    <IconButton label={t(`connections.density_${other}`)} title={t(`connections.density_${other}`)} className="size-8 max-md:hidden" onClick={() => preferences.set({ density: other })}>
      {density === 'compact' ? <Rows2 size={16} aria-hidden /> : <Rows3 size={16} aria-hidden />}
    </IconButton>
  )
}

/** The filters in force that are not in sight anyway, each with the way to take it off. */
function Chosen({ url, titleOf }: { url: Url; titleOf: TitleOf }) {
  const chosen = facetNames
    .filter((name) => name !== 'health')
    .flatMap((name) => url.all(name).map((value) => ({ key: `${name} ${value}`, title: titleOf(name, value), off: { [name]: url.all(name).filter((v) => v !== value) } })))
  if (url.one('needs') === 'you') chosen.push({ key: 'needs', title: t('connections.needs_you_only'), off: { needs: [] } })
  if (url.one('connector')) chosen.push({ key: 'connector', title: url.one('connector'), off: { connector: [] } })
  if (!isFiltered(url) || chosen.length === 0) return null
  return (
    <ul className="flex flex-wrap items-center gap-1.5">
      {chosen.map(({ key, title, off }) => (
        <li key={key}>
          <button
            type="button"
            aria-label={t('connections.filter_remove', { name: visible(title) })}
            onClick={() => url.set({ ...off, after: '' })}
            className="inline-flex h-6 items-center gap-1 rounded-full bg-accent-soft pr-1.5 pl-2.5 text-xs font-medium text-accent"
          >
            <Text>{title}</Text>
            <X size={12} aria-hidden />
          </button>
        </li>
      ))}
      <li>
        <button type="button" onClick={() => url.set(cleared)} className="h-6 px-1.5 text-xs text-muted underline hover:text-text">
          {t('connections.clear')}
        </button>
      </li>
    </ul>
  )
}

import { ArrowDown, ArrowDownToLine, ChevronDown, ChevronUp, WrapText, X } from 'lucide-react'
import type { Run } from '@/api/types'
import { ExportButton } from '@/parts/export/ExportButton'
import { Button, IconButton } from '@/ui/Button'
import { Select } from '@/ui/Field'
import { ActionMenu } from '@/ui/Menu'
import { SearchBox } from '@/ui/SearchBox'
import { t } from '@/words'
import type { Follow } from './LogView'
import type { Clock, Level, LogState } from './logState'
import { useDownload } from './useDownload'
import type { Matches } from './useMatches'

interface Props {
  run: Run
  state: LogState
  onChange: (change: Partial<LogState>, typing?: boolean) => void
  total: number
  matches: number | undefined
  search: Matches
  follow: Follow
}

/** What is shown of the log, and how. */
export function LogBar({ run, state, onChange, total, matches, search, follow }: Props) {
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
      <SearchBox label={t('run.log.search')} value={state.q} onChange={(q) => onChange({ q }, true)} />
      {search.count !== undefined && (
        <span className="inline-flex items-center gap-0.5 text-sm text-muted">
          <span role="status" className="tabular px-1" data-matches={search.count}>
            {search.at > 0 ? t('run.log.at', { at: search.at, count: search.count }) : t('run.log.matches', { count: search.count })}
          </span>
          <IconButton label={t('run.log.previous')} disabled={!search.previous} onClick={search.previous}>
            <ChevronUp size={14} aria-hidden />
          </IconButton>
          <IconButton label={t('run.log.next')} disabled={!search.next} onClick={search.next}>
            <ChevronDown size={14} aria-hidden />
          </IconButton>
        </span>
      )}
      <Select
        aria-label={t('run.log.level')}
        value={state.level}
        onChange={(event) => onChange({ level: event.target.value as Level | '' })}
        className="w-34!"
      >
        <option value="">{t('run.log.levels.all')}</option>
        <option value="info">{t('run.log.levels.info')}</option>
        <option value="warn">{t('run.log.levels.warn')}</option>
        <option value="error">{t('run.log.levels.error')}</option>
      </Select>
      {state.step !== '' && (
        <Button size="sm" icon={<X size={14} aria-hidden />} onClick={() => onChange({ step: '' })}>
          {t('run.log.onlyStep', { step: titleOf(run, state.step) })}
        </Button>
      )}
      <Select
        aria-label={t('run.log.time')}
        value={state.clock}
        onChange={(event) => onChange({ clock: event.target.value as Clock })}
        className="w-34!"
      >
        <option value="local">{t('run.log.clock.local')}</option>
        <option value="utc">{t('run.log.clock.utc')}</option>
        <option value="relative">{t('run.log.clock.relative')}</option>
      </Select>
      <Button size="sm" look="ghost" aria-pressed={state.wrap} icon={<WrapText size={14} aria-hidden />} onClick={() => onChange({ wrap: !state.wrap })}>
        {t(state.wrap ? 'run.log.noWrap' : 'run.log.wrap')}
      </Button>
      {follow.can && (
        <Button size="sm" look={follow.on ? 'secondary' : 'primary'} aria-pressed={follow.on} icon={<ArrowDown size={14} aria-hidden />} onClick={follow.toggle}>
          {t(follow.on ? 'run.log.following' : 'run.log.follow')}
        </Button>
      )}
      <span className="ml-auto inline-flex items-center gap-1">
        <span className="tabular text-xs text-muted" role="status">
          {matches !== undefined ? t('run.log.shown', { shown: matches, count: total }) : t('run.log.count', { count: total })}
        </span>
        {run.finished_at && <ExportButton list="log" filter={filterOf(run, state)} conditions={conditionsOf(run, state)} />}
        <Download run={run} total={total} />
      </span>
    </div>
  )
}

/** The lines that the log shows: a search marks lines and leaves none out. */
const filterOf = (run: Run, { level, step }: LogState) => ({ run: run.id, ...(level && { level }), ...(step && { step }) })

const titleOf = (run: Run, name: string) => run.steps.find((step) => step.name === name)?.title ?? name

const conditionsOf = (run: Run, { level, step }: LogState): string[] =>
  [
    t('run.log.ofRun', { alias: run.alias }),
    level && `${t('run.log.level')}: ${t(`run.log.levels.${level}`)}`,
    step && t('run.log.onlyStep', { step: titleOf(run, step) }),
  ].filter((text): text is string => Boolean(text))

function Download({ run, total }: { run: Run; total: number }) {
  const download = useDownload(run)
  if (download.done !== undefined) {
    return (
      <Button size="sm" onClick={download.cancel}>
        {t('run.log.downloading', { percent: total === 0 ? 100 : Math.floor((download.done / total) * 100) })}
      </Button>
    )
  }
  return (
    <ActionMenu
      label={t('run.log.save')}
      entries={(['log', 'jsonl'] as const).map((format) => ({
        id: format,
        title: t(`run.log.download.${format}`),
        icon: <ArrowDownToLine size={14} aria-hidden />,
        asksAgent: true,
        onSelect: () => void download.start(format),
      }))}
    />
  )
}

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { CircleCheck, TriangleAlert } from 'lucide-react'
import { useEffect, useId, useState, type ReactNode } from 'react'
import { getControls, getFrameworks, type Control, type Framework } from '@/api/assurance'
import { keys } from '@/api/keys'
import { getPack, packFile, startPack, type Pack, type PackRequest } from '@/api/packs'
import { asProblem } from '@/api/problem'
import { bytes, count } from '@/lib/numbers'
import { offerFile } from '@/lib/offerFile'
import { statement } from '@/lib/words'
import { holdsWords } from '@/parts/assurance/paths'
import { ControlStateChip } from '@/parts/assurance/State'
import { TaskProgress } from '@/parts/Tasks'
import { useTask } from '@/parts/useTask'
import { Button } from '@/ui/Button'
import { Checkbox, describe, FieldFrame, Select, TextInput } from '@/ui/Field'
import { SearchBox } from '@/ui/SearchBox'
import { card } from '@/ui/Section'
import { Segments } from '@/ui/Segments'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'

const dayOf = (at: Date) => at.toISOString().slice(0, 10)

/** The year before a day. */
export function lastYear(now: Date): { from: string; to: string } {
  const from = new Date(now)
  from.setUTCFullYear(from.getUTCFullYear() - 1)
  from.setUTCDate(from.getUTCDate() + 1)
  return { from: dayOf(from), to: dayOf(now) }
}

/** The controls that a pack of a framework can hold. */
export const controlsOf = (framework: string, all: Control[]) =>
  all.filter((one) => !one.own && one.requirements.some((met) => met.framework === framework && !met.added))

/** Asks what a pack is of, says what it would hold, and makes it. */
export function Wizard() {
  const frameworks = useQuery({ queryKey: keys.frameworks, queryFn: ({ signal }) => getFrameworks(signal) })
  const controls = useQuery({ queryKey: keys.controls, queryFn: ({ signal }) => getControls(signal) })
  const failed = frameworks.error ?? controls.error
  if (frameworks.data && controls.data && frameworks.data.length > 0) return <Form frameworks={frameworks.data} controls={controls.data} />
  if (failed) {
    const retry = () => void Promise.all([frameworks.refetch(), controls.refetch()])
    return <ErrorState what={t('packs.wizard.failed')} problem={asProblem(failed)} onRetry={retry} />
  }
  return (
    <div className={card}>
      <SkeletonRows rows={3} label={t('packs.wizard.loading')} />
    </div>
  )
}

function Form({ frameworks, controls }: { frameworks: Framework[]; controls: Control[] }) {
  const cache = useQueryClient()
  const [framework, setFramework] = useState(frameworks[0]?.id ?? '')
  const [period, setPeriod] = useState(() => lastYear(new Date()))
  const [chosen, setChosen] = useState<string[]>()
  const preview = useTask((request: PackRequest) => startPack({ ...request, preview: true }))
  const make = useTask(startPack)
  const available = controlsOf(framework, controls)
  const ordered = period.from !== '' && period.to !== '' && period.from <= period.to
  const ready = ordered && (chosen === undefined || chosen.length > 0)
  const running = preview.running || make.running
  const request: PackRequest = { framework, ...period, ...(chosen && { controls: chosen }) }
  const made = make.task?.status === 'done' ? make.task.id : ''
  useEffect(() => {
    if (made) void Promise.all([cache.invalidateQueries({ queryKey: keys.packs }), cache.invalidateQueries({ queryKey: keys.packKey })])
  }, [cache, made])
  const change = <T,>(set: (value: T) => void) => (value: T) => {
    preview.reset()
    make.reset()
    set(value)
  }
  const takeFramework = change((id: string) => {
    setFramework(id)
    setChosen(undefined)
  })
  const task = make.task ?? preview.task
  const error = make.error ?? (make.task ? undefined : preview.error)
  const problem = task?.error ?? (error ? asProblem(error) : undefined)
  return (
    <div className={card}>
      <form
        className="divide-y divide-line"
        onSubmit={(event) => {
          event.preventDefault()
          make.begin(request)
        }}
      >
        <fieldset disabled={running} className="grid gap-4 px-4 py-4 sm:grid-cols-2 lg:grid-cols-[minmax(0,2fr)_1fr_1fr]">
          <FieldFrame id="pack-framework" label={t('packs.wizard.framework')} required>
            <Select {...describe({ id: 'pack-framework' })} value={framework} onChange={(event) => takeFramework(event.target.value)}>
              {frameworks.map((one) => (
                <option key={one.id} value={one.id}>
                  {one.title}
                </option>
              ))}
            </Select>
          </FieldFrame>
          {(['from', 'to'] as const).map((end) => (
            <FieldFrame key={end} id={`pack-${end}`} label={t(`packs.wizard.${end}`)} required error={end === 'to' && !ordered ? t('packs.wizard.order') : undefined}>
              <TextInput
                {...describe({ id: `pack-${end}`, error: end === 'to' && !ordered ? t('packs.wizard.order') : undefined })}
                type="date"
                required
                value={period[end]}
                onChange={(event) => change(setPeriod)({ ...period, [end]: event.target.value })}
              />
            </FieldFrame>
          ))}
        </fieldset>
        <Controls all={available} chosen={chosen} disabled={running} onChange={change(setChosen)} />
        <div className="flex flex-wrap items-center gap-3 px-4 py-3">
          <Button asksAgent disabled={!ready || make.running} busy={preview.running} onClick={() => preview.begin(request)}>
            {t('packs.wizard.preview')}
          </Button>
          <Button type="submit" look="primary" asksAgent disabled={!ready || preview.running} busy={make.running}>
            {t('packs.wizard.make')}
          </Button>
          <p className="text-sm text-muted">{t('packs.wizard.about')}</p>
        </div>
      </form>
      {task?.status === 'running' && (
        <div className="border-t border-line">
          <TaskProgress task={task} title={t(make.task ? 'packs.wizard.making' : 'packs.wizard.previewing')} />
        </div>
      )}
      {task?.status === 'cancelled' && <Note>{t('packs.wizard.cancelled')}</Note>}
      {problem && !running && task?.status !== 'cancelled' && (
        <p role="alert" className="border-t border-line px-4 py-3 text-sm text-bad">
          <Sentence>{statement(problem.message)}</Sentence> {problem.remedy && <Sentence>{problem.remedy}</Sentence>}
        </p>
      )}
      {task?.status === 'done' && <Contents id={task.id} made={make.task !== undefined} />}
    </div>
  )
}

const Note = ({ children }: { children: ReactNode }) => (
  <p role="status" className="border-t border-line px-4 py-3 text-sm text-muted">
    {children}
  </p>
)

/** Every control of the framework, or those that are ticked. */
function Controls({ all, chosen, disabled, onChange }: { all: Control[]; chosen: string[] | undefined; disabled: boolean; onChange: (chosen: string[] | undefined) => void }) {
  const [q, setQ] = useState('')
  const label = useId()
  const found = all.filter((one) => holdsWords(q, [one.title, one.id]))
  const toggle = (id: string, on: boolean) => onChange(all.map((one) => one.id).filter((one) => (one === id ? on : chosen?.includes(one))))
  return (
    <fieldset disabled={disabled} className="px-4 py-4" aria-labelledby={label}>
      <div className="flex flex-wrap items-center gap-3">
        <span id={label} className="text-sm font-medium">
          {t('packs.wizard.controls')}
        </span>
        <Segments
          label={t('packs.wizard.controls')}
          value={chosen ? 'some' : 'all'}
          options={[
            { value: 'all', title: t('packs.wizard.all'), count: all.length },
            { value: 'some', title: t('packs.wizard.some'), count: chosen?.length },
          ]}
          onChange={(value) => onChange(value === 'all' ? undefined : (chosen ?? []))}
        />
        {chosen && <SearchBox label={t('packs.wizard.search')} value={q} onChange={setQ} />}
      </div>
      {chosen && (
        <ul className="mt-3 grid max-h-72 gap-x-6 overflow-y-auto rounded-md border border-line p-2 lg:grid-cols-2" tabIndex={0} aria-label={t('packs.wizard.controls')}>
          {found.map((one) => (
            <li key={one.id}>
              <label className="flex cursor-pointer items-start gap-2.5 rounded px-2 py-1.5 text-sm hover:bg-hover">
                <span className="mt-0.5">
                  <Checkbox checked={chosen.includes(one.id)} onChange={(event) => toggle(one.id, event.target.checked)} />
                </span>
                <span className="min-w-0 flex-1">
                  <Text>{one.title}</Text>
                </span>
                <ControlStateChip state={one.state} />
              </label>
            </li>
          ))}
          {found.length === 0 && <li className="px-2 py-1.5 text-sm text-muted">{t('packs.wizard.noMatch')}</li>}
        </ul>
      )}
      {chosen?.length === 0 && <p className="mt-2 text-sm text-muted">{t('packs.wizard.tick')}</p>}
    </fieldset>
  )
}

/** What a pack holds, or would hold, with what limits it. */
function Contents({ id, made }: { id: string; made: boolean }) {
  const query = useQuery({ queryKey: keys.pack(id), queryFn: ({ signal }) => getPack(id, signal), staleTime: Infinity })
  const pack = query.data
  if (query.isError && !pack) return <ErrorState what={t('packs.wizard.contentsFailed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  if (!pack) return <SkeletonRows rows={3} label={t('packs.wizard.contentsLoading')} />
  return (
    <div className="border-t border-line" data-contents={made ? 'made' : 'preview'}>
      <div role="status" className={`flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 ${made ? 'bg-ok-soft' : 'bg-sunken'}`}>
        {made && <CircleCheck size={15} aria-hidden className="text-ok" />}
        <p className="font-medium">{t(made ? 'packs.wizard.made' : 'packs.wizard.would', { size: bytes(pack.bytes ?? 0), records: count(pack.records), count: pack.files?.length ?? 0 })}</p>
        {made && pack.kept && (
          <Button size="sm" look="primary" asksAgent onClick={() => offerFile(packFile(pack.id), pack.file ?? '')}>
            {t('packs.download')}
          </Button>
        )}
      </div>
      <Limits pack={pack} />
      <Files pack={pack} />
    </div>
  )
}

function Limits({ pack }: { pack: Pack }) {
  const notices = pack.notices ?? []
  if (notices.length === 0) return null
  return (
    <div className="flex items-start gap-2 border-t border-line px-4 py-3 text-sm">
      <TriangleAlert size={14} aria-hidden className="mt-0.75 shrink-0 text-warn" />
      <div className="min-w-0">
        <p className="font-medium">{t('packs.wizard.limits')}</p>
        <Notices of={notices.slice(0, atFirst)} />
        {notices.length > atFirst && (
          <details className="mt-1">
            <summary className="cursor-pointer text-muted">{t('packs.wizard.moreLimits', { count: notices.length - atFirst })}</summary>
            <Notices of={notices.slice(atFirst)} />
          </details>
        )}
      </div>
    </div>
  )
}

/** How many limits are in sight at first. */
const atFirst = 5

function Notices({ of }: { of: string[] }) {
  return (
    <ul className="mt-1 list-disc space-y-0.5 pl-4 text-muted">
      {of.map((notice) => (
        <li key={notice}>
          <Sentence>{statement(notice)}</Sentence>
        </li>
      ))}
    </ul>
  )
}

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

function Files({ pack }: { pack: Pack }) {
  const files = pack.files ?? []
  if (files.length === 0) return null
  return (
    <details className="border-t border-line" open={files.length <= 12}>
      <summary className="cursor-pointer px-4 py-2 text-sm text-muted">{t('packs.wizard.files', { count: files.length })}</summary>
      <div role="region" aria-label={t('packs.wizard.filesTitle')} tabIndex={0} className="max-h-96 overflow-auto focus-visible:-outline-offset-2">
        <table className="w-full text-sm">
          <thead className="border-y border-line">
            <tr>
              <th scope="col" className={head}>
                {t('packs.wizard.file')}
              </th>
              <th scope="col" className={`${head} text-right`}>
                {t('packs.wizard.records')}
              </th>
              <th scope="col" className={`${head} text-right`}>
                {t('packs.wizard.size')}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {files.map((file) => (
              <tr key={file.name}>
                <th scope="row" className="px-4 py-1.5 font-mono text-xs font-normal break-all">
                  <Text>{file.name}</Text>
                </th>
                <td className="tabular px-4 py-1.5 text-right text-muted">{file.records > 0 ? count(file.records) : '–'}</td>
                <td className="tabular px-4 py-1.5 text-right whitespace-nowrap text-muted">{bytes(file.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { keys } from '@/api/keys'
import { shell, type Background } from '@/lib/shell'
import { statement } from '@/lib/words'
import { Checkbox } from '@/ui/Field'
import { card, Section } from '@/ui/Section'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'
import { Fact } from './Fact'

/** A promise of the desktop program, which is there whenever this section is shown. */
async function answered(answer: Promise<Background> | undefined): Promise<Background> {
  const background = await answer
  if (!background) throw new Error(t('settings.window.failed'))
  return background
}

/** What only the desktop window can set. */
export function WindowSettings() {
  const cache = useQueryClient()
  const { data, error } = useQuery({ queryKey: keys.background, queryFn: () => answered(shell()?.Background?.()), staleTime: 0 })
  const set = useMutation({
    mutationFn: (on: boolean) => answered(shell()?.SetBackground?.(on)),
    onSuccess: (background) => cache.setQueryData(keys.background, background),
  })
  const wanted = set.isPending ? set.variables : (data?.installed ?? false)
  const failed = set.error ?? error
  return (
    <Section title={t('settings.window.title')}>
      <dl className={`divide-y divide-line ${card}`}>
        <Fact name={<label htmlFor="background">{t('settings.window.background')}</label>} about={t('settings.window.backgroundMeaning')}>
          <span className="flex min-h-6 items-start gap-2">
            <span className="flex h-5 items-center">
              <Checkbox
                id="background"
                role="switch"
                checked={wanted}
                disabled={!data || set.isPending || (data.name === '' && Boolean(data.problem))}
                aria-describedby="background-state"
                onChange={(event) => set.mutate(event.target.checked)}
              />
            </span>
            <span id="background-state" role="status" className="min-w-0">
              {set.isPending ? t(set.variables ? 'settings.window.turningOn' : 'settings.window.turningOff') : data ? <State of={data} did={set.data?.did ?? []} /> : !failed && t('settings.window.loading')}
              {failed && !set.isPending && <span className="block text-bad">{statement(String(failed))}</span>}
            </span>
          </span>
        </Fact>
      </dl>
    </Section>
  )
}

/** In words what the switch stands for now, what was done, and what went wrong. */
function State({ of, did }: { of: Background; did: string[] }) {
  const known = of.name !== ''
  return (
    <>
      {known && t(of.running && of.installed ? 'settings.window.on' : of.installed ? 'settings.window.stopped' : 'settings.window.off')}
      {did.length > 0 && (
        <span className="block text-muted">
          <Sentence>{t('settings.window.did', { what: did.join(', ') })}</Sentence>
        </span>
      )}
      {of.note && (
        <span className="block text-muted">
          <Sentence>{of.note}</Sentence>
        </span>
      )}
      {of.problem && (
        <span className="block text-bad">
          <Sentence>{statement(of.problem)}</Sentence> {of.remedy && <Sentence>{of.remedy}</Sentence>}
        </span>
      )}
      {of.file && of.installed && (
        <span className="block break-all text-faint">
          <Sentence>{t('settings.window.file', { file: of.file })}</Sentence>
        </span>
      )}
    </>
  )
}

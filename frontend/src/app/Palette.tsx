import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { useMemo, useState } from 'react'
import { useLocation } from 'wouter'
import { usePause, useResume, useSync } from '@/api/actions'
import { findRecords, useConnectors, useEveryConnection } from '@/api/host'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import { Keys } from '@/ui/Keys'
import { useOffline } from '@/ui/offline'
import { preferences, usePreferences } from '@/ui/preferences'
import { notify } from '@/ui/Toasts'
import { useDebounced } from '@/ui/useDebounced'
import { useKeys } from '@/ui/useKeys'
import { t } from '@/words'
import { commandsFor, type Command, type CommandGroup, type Doing } from './commands'
import { layers } from './layers'

/** Search or run a command: every page, connection, connector and action by its name, from anywhere. */
export default function Palette() {
  const [typed, setTyped] = useState('')
  const close = () => layers.show(undefined)
  useKeys({ palette: close }, { inDialog: true })
  const known = useKnown(typed)
  const doing = useDoing()
  const groups = useMemo(() => commandsFor(typed, known, doing), [typed, known, doing])
  return (
    <Dialog.Root open onOpenChange={(next) => !next && close()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-(--backdrop)" />
        <Dialog.Popup
          aria-label={t('app.palette.open')}
          className="fixed top-[max(1rem,12vh)] left-1/2 z-40 flex max-h-[min(30rem,calc(100dvh-2rem))] w-[min(40rem,calc(100vw-1rem))] -translate-x-1/2 flex-col overflow-hidden rounded-xl bg-panel shadow-pop outline-none"
        >
          <Autocomplete.Root open inline mode="none" items={groups} value={typed} onValueChange={setTyped} autoHighlight="always" keepHighlight itemToStringValue={(one: Command) => one.title}>
            <div className="flex h-12 shrink-0 items-center gap-3 border-b border-line px-4">
              <Search size={16} aria-hidden className="text-faint" />
              <Autocomplete.Input
                aria-label={t('app.palette.label')}
                placeholder={t('app.palette.placeholder')}
                className="h-full min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-faint"
              />
              <Dialog.Close className="rounded border border-line-strong bg-sunken px-1.5 text-xs leading-5 text-muted">{t('app.palette.close')}</Dialog.Close>
            </div>
            <Results groups={groups} onRun={close} />
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function Results({ groups, onRun }: { groups: CommandGroup[]; onRun: () => void }) {
  return (
    <div
      role="group"
      aria-label={t('app.palette.results')}
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto overscroll-contain focus-visible:-outline-offset-2"
      data-results={groups.reduce((sum, { items }) => sum + items.length, 0)}
    >
      <Autocomplete.Empty>
        <p className="px-4 py-6 text-sm text-muted empty:hidden">{groups.length === 0 && t('app.palette.nothing')}</p>
      </Autocomplete.Empty>
      <Autocomplete.List className="p-1.5">
        {(group: CommandGroup) => (
          <Autocomplete.Group key={group.value} items={group.items} className="not-last:mb-1">
            <Autocomplete.GroupLabel className="px-2.5 pt-2 pb-1 text-xs font-medium text-faint">{group.value}</Autocomplete.GroupLabel>
            <Autocomplete.Collection>{(one: Command) => <Row key={one.id} command={one} onRun={onRun} />}</Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </div>
  )
}

function Row({ command, onRun }: { command: Command; onRun: () => void }) {
  const { singleKeys } = usePreferences()
  const { Icon } = command
  return (
    <Autocomplete.Item
      value={command}
      onClick={() => {
        onRun()
        command.run()
      }}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 text-sm outline-none data-[highlighted]:bg-hover forced-colors:data-[highlighted]:bg-[Highlight] forced-colors:data-[highlighted]:text-[HighlightText]"
    >
      <Icon size={15} aria-hidden className="shrink-0 text-muted" />
      <span className="min-w-0 truncate">{command.title}</span>
      {command.hint && <span className="min-w-0 flex-1 truncate text-xs text-faint">{command.hint}</span>}
      {command.key && singleKeys === 'on' && (
        <span className="ml-auto">
          <Keys action={command.key} />
        </span>
      )}
    </Autocomplete.Item>
  )
}

/** What is already here is filtered here; only records are asked for, and only once the typing rests. */
function useKnown(typed: string) {
  const q = useDebounced(typed.trim(), 120)
  const connections = useEveryConnection().data?.items
  const connectors = useConnectors().data
  const people = useQuery({ queryKey: keys.found('person', q), queryFn: ({ signal }) => findRecords('person', q, signal), enabled: q.length > 1 }).data
  const accounts = useQuery({ queryKey: keys.found('account', q), queryFn: ({ signal }) => findRecords('account', q, signal), enabled: q.length > 1 }).data
  return useMemo(
    () => ({ connections: connections ?? [], connectors: connectors ?? [], records: [...(people ?? []), ...(accounts ?? [])].slice(0, 6) }),
    [connections, connectors, people, accounts],
  )
}

function useDoing(): Doing {
  const [, navigate] = useLocation()
  const offline = useOffline()
  const failed = (error: unknown) => notify.failed(t('app.palette.failed'), asProblem(error).message)
  const { mutate: sync } = useSync({ onDone: () => notify.done(t('app.palette.synced')), onFailed: failed })
  const { mutate: pause } = usePause({ onDone: () => notify.done(t('app.palette.paused')), onFailed: failed })
  const { mutate: resume } = useResume({ onDone: () => notify.done(t('app.palette.resumed')), onFailed: failed })
  return useMemo(() => {
    const asking = (ask: () => void) => (offline ? notify.failed(t('app.palette.failed'), t('app.offline.title')) : ask())
    return {
      go: (href) => navigate(href),
      sync: ({ id }) => asking(() => sync(id)),
      pause: ({ id }) => asking(() => pause(id)),
      resume: ({ id }) => asking(() => resume(id)),
      theme: (theme) => preferences.set({ theme }),
      showKeys: () => layers.show('keys'),
    }
  }, [navigate, offline, sync, pause, resume])
}

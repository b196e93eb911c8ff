import { Bookmark, ChevronDown, Trash2 } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { Link, useSearch } from 'wouter'
import { asProblem } from '@/api/problem'
import type { SavedView } from '@/api/types'
import { visible } from '@/lib/visible'
import { Button, IconButton } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Dialog } from '@/ui/Dialog'
import { FieldFrame, TextInput } from '@/ui/Field'
import { Popover } from '@/ui/Popover'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { viewQuery } from './address'
import { useRemoveView, useSaveView, useViews } from './queries'

/** The lists that someone saved under a name, and the way to save this one. */
export function ViewsMenu() {
  const search = useSearch()
  const views = useViews()
  const [saving, setSaving] = useState(false)
  const query = viewQuery(search)
  const current = views.data?.find((view) => viewQuery(view.query) === query)
  return (
    <>
      <Popover
        align="end"
        title={t('connections.views')}
        trigger={
          <button type="button" className="inline-flex h-8 items-center gap-1.5 rounded-md border border-line-strong px-2.5 text-sm text-muted hover:bg-hover data-[popup-open]:bg-hover">
            <Bookmark size={14} aria-hidden className={cx(current && 'fill-current text-accent')} />
            <span className="max-w-40 truncate">{current ? <Text>{current.name}</Text> : t('connections.views')}</span>
            <ChevronDown size={14} aria-hidden />
          </button>
        }
      >
        {views.isError && <p className="px-2 py-1.5 text-bad">{t('connections.views_failed')}</p>}
        {views.data?.length === 0 && <p className="max-w-72 px-2 py-1.5 text-muted">{t('connections.views_none')}</p>}
        <ul>
          {views.data?.map((view) => (
            <ViewLine key={view.name} view={view} current={view === current} />
          ))}
        </ul>
        <div className="mt-1 border-t border-line pt-1.5">
          <Button size="sm" look="ghost" asksAgent disabled={query === ''} onClick={() => setSaving(true)}>
            {t('connections.view_save')}
          </Button>
        </div>
      </Popover>
      {saving && <SaveDialog query={query} onClose={() => setSaving(false)} />}
    </>
  )
}

function ViewLine({ view, current }: { view: SavedView; current: boolean }) {
  const remove = useRemoveView()
  const onRemove = () =>
    remove.mutate(view.name, {
      onSuccess: () => notify.done(t('connections.view_removed', { name: view.name })),
      onError: (error) => notify.failed(t('connections.view_not_removed'), asProblem(error).message),
    })
  return (
    <li className="flex items-center rounded-md hover:bg-hover">
      <Link href={`/connections?${view.query}`} aria-current={current ? 'true' : undefined} className={cx('min-w-0 flex-1 truncate px-2 py-1.5', current && 'font-medium')}>
        <Text>{view.name}</Text>
      </Link>
      <IconButton label={t('connections.view_remove', { name: visible(view.name) })} onClick={onRemove} disabled={remove.isPending}>
        <Trash2 size={14} aria-hidden />
      </IconButton>
    </li>
  )
}

function SaveDialog({ query, onClose }: { query: string; onClose: () => void }) {
  const [name, setName] = useState('')
  const save = useSaveView()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const given = name.trim()
    if (!given) return
    save.mutate(
      { name: given, query },
      {
        onSuccess: () => {
          notify.done(t('connections.view_saved', { name: given }))
          onClose()
        },
      },
    )
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('connections.view_save')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" type="submit" form="save-view" asksAgent busy={save.isPending} disabled={!name.trim()}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form id="save-view" onSubmit={submit}>
        <FieldFrame id="view-name" label={t('connections.view_name')} required description={t('connections.view_about')}>
          <TextInput id="view-name" aria-describedby="view-name-about" data-first value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
        </FieldFrame>
      </form>
      {save.isError && (
        <p role="alert" className="text-bad">
          {t('connections.view_not_saved')}: <Sentence>{asProblem(save.error).message}</Sentence>
        </p>
      )}
    </Dialog>
  )
}

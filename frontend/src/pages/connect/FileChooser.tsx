import { File, Folder, FolderUp } from 'lucide-react'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { FileEntry } from '@/api/types'
import { bytes } from '@/lib/numbers'
import { chooseFile } from '@/lib/shell'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { Select } from '@/ui/Field'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { useFiles } from './queries'

interface Props {
  /** The title of the field. */
  title: string
  path: string
  onChoose: (path: string) => void
}

/** Chooses a file: in the system's dialog in a window, else below the directories that the agent lists. */
export function FileChooser({ title, path, onChoose }: Props) {
  const [open, setOpen] = useState(false)
  const native = chooseFile()
  const ask = async () => {
    if (!native) return setOpen(true)
    const chosen = await native(title)
    if (chosen) onChoose(chosen)
  }
  return (
    <>
      <Button asksAgent onClick={() => void ask()}>
        {t('connect.file.choose')}
      </Button>
      {open && (
        <Listing
          start={path.startsWith('/') ? path.slice(0, path.lastIndexOf('/')) : ''}
          onClose={() => setOpen(false)}
          onChoose={(chosen) => {
            setOpen(false)
            onChoose(chosen)
          }}
        />
      )}
    </>
  )
}

function Listing({ start, onClose, onChoose }: { start: string; onClose: () => void; onChoose: (path: string) => void }) {
  const [asked, setAsked] = useState(start)
  const first = useFiles(asked, true)
  // What was typed may be no directory that is listed: then the first root is.
  const elsewhere = first.isError && asked === start && start !== ''
  const fallback = useFiles('', elsewhere)
  const listing = elsewhere ? fallback.data : first.data
  const failed = !listing && first.isError ? asProblem(first.error) : undefined
  const root = listing?.roots.filter((r) => listing.path.startsWith(r.path)).sort((a, b) => b.path.length - a.path.length)[0]
  return (
    <Dialog wide open onClose={onClose} title={t('connect.file.title')} footer={<Button onClick={onClose}>{t('common.cancel')}</Button>}>
      {listing && listing.roots.length === 0 && <p>{t('connect.file.no_roots')}</p>}
      {listing && listing.roots.length > 0 && (
        <>
          <div className="flex flex-wrap items-center gap-2">
            <label className="sr-only" htmlFor="file-root">
              {t('connect.file.root')}
            </label>
            <Select id="file-root" value={root?.path ?? ''} onChange={(event) => setAsked(event.target.value)} className="max-w-72">
              {listing.roots.map((r) => (
                <option key={r.path} value={r.path}>
                  {r.title}
                </option>
              ))}
            </Select>
            {listing.parent && (
              <Button size="sm" icon={<FolderUp size={14} aria-hidden />} onClick={() => setAsked(listing.parent ?? '')}>
                {t('connect.file.up')}
              </Button>
            )}
          </div>
          <p className="font-mono text-xs break-all">
            <Text>{listing.path}</Text>
          </p>
          <ul className="h-72 divide-y divide-line overflow-y-auto rounded-md border border-line" aria-busy={first.isFetching}>
            {listing.entries.length === 0 && <li className="p-3 text-sm">{t('connect.file.empty')}</li>}
            {listing.entries.map((entry) => (
              <Entry key={entry.path} entry={entry} onOpen={() => (entry.directory ? setAsked(entry.path) : onChoose(entry.path))} />
            ))}
          </ul>
          {listing.cut && <p className="text-sm text-warn">{t('connect.file.cut')}</p>}
        </>
      )}
      {!listing && !failed && <p role="status">{t('connect.file.loading')}</p>}
      {failed && (
        <div role="alert" className="rounded-md bg-bad-soft p-3 text-sm">
          <p className="text-bad">
            <Sentence>{statement(failed.message)}</Sentence>
          </p>
          <p>
            <Sentence>{failed.remedy}</Sentence>
          </p>
        </div>
      )}
      <p className="text-sm text-faint">{t('connect.file.about')}</p>
    </Dialog>
  )
}

function Entry({ entry, onOpen }: { entry: FileEntry; onOpen: () => void }) {
  const Icon = entry.directory ? Folder : File
  return (
    <li>
      <button type="button" onClick={onOpen} className="flex min-h-8 w-full items-center gap-2.5 px-3 text-left text-sm text-text hover:bg-hover focus-visible:-outline-offset-2">
        <Icon size={14} aria-hidden className="shrink-0 text-muted" />
        <span className="min-w-0 flex-1 truncate">
          <Text>{entry.name}</Text>
        </span>
        {!entry.directory && <span className="tabular text-xs text-faint">{bytes(entry.bytes)}</span>}
        <Time at={entry.modified_at} className="w-24 text-right text-xs text-faint" />
      </button>
    </li>
  )
}

import { Check, ChevronRight, Copy } from 'lucide-react'
import { useMemo, useState } from 'react'
import { copyText } from '@/lib/copy'
import { found, leadsTo, linesOf, type Json, type JsonLine } from '@/lib/json'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { TextInput } from '@/ui/Field'
import { Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { Long } from './Value'

/** More lines than this are asked for first. */
const manyLines = 400

/** A document of the vendor as a tree: groups fold, a search opens those that lead to what it finds. */
export function VendorDocument({ document }: { document: Json }) {
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map())
  const [query, setQuery] = useState('')
  const [whole, setWhole] = useState(false)
  const hits = useMemo(() => found(document, query.trim()), [document, query])
  const isOpen = (path: string) => toggled.get(path) ?? (leadsTo(path, hits) || path.split('/').length <= 2)
  const lines = linesOf(document, isOpen)
  return (
    <div>
      <div className="mb-2 flex flex-wrap items-center gap-2">
        <TextInput
          type="search"
          aria-label={t('record.vendor.search')}
          placeholder={t('record.vendor.search')}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value)
            setToggled(new Map())
          }}
          className="w-48!"
        />
        {query.trim() !== '' && (
          <span role="status" className="text-xs text-muted">
            {t('record.vendor.found', { count: hits.size })}
          </span>
        )}
        <CopyButton text={() => JSON.stringify(document, null, 2)} title={t('record.vendor.copy')} className="ml-auto" />
      </div>
      <ul className="overflow-x-auto rounded-md bg-sunken py-2 font-mono text-xs leading-5">
        {(whole ? lines : lines.slice(0, manyLines)).map((line) => (
          <Line
            key={line.path}
            line={line}
            open={isOpen(line.path)}
            hit={hits.has(line.path)}
            onToggle={() => setToggled(new Map(toggled).set(line.path, !isOpen(line.path)))}
          />
        ))}
      </ul>
      {!whole && lines.length > manyLines && (
        <Button size="sm" look="ghost" onClick={() => setWhole(true)}>
          {t('record.vendor.all', { count: lines.length })}
        </Button>
      )}
    </div>
  )
}

function Line({ line, open, hit, onToggle }: { line: JsonLine; open: boolean; hit: boolean; onToggle: () => void }) {
  const indent = { paddingLeft: `${0.75 + line.depth}rem` }
  if (line.holds === undefined) {
    return (
      <li style={indent} className={cx('pr-3 pl-3', hit && 'bg-warn-soft')} data-json={line.path} data-hit={hit || undefined}>
        <span className="ml-4.5">
          <span className="text-muted">
            <Text>{line.name}</Text>
          </span>{' '}
          <Scalar value={line.value} />
        </span>
      </li>
    )
  }
  const many = Array.isArray(line.value) ? t('record.vendor.items', { count: line.holds }) : t('record.vendor.members', { count: line.holds })
  return (
    <li style={indent} className={cx('pr-3', hit && 'bg-warn-soft')} data-json={line.path} data-hit={hit || undefined}>
      <button type="button" aria-expanded={open} onClick={onToggle} className="inline-flex min-h-6 items-center gap-1 rounded text-left hover:text-text">
        <ChevronRight size={12} aria-hidden className={cx('shrink-0 text-faint', open && 'rotate-90')} />
        <span className="text-muted">
          <Text>{line.name}</Text>
        </span>
        <span className="font-sans text-faint">{many}</span>
      </button>
    </li>
  )
}

function Scalar({ value }: { value: Json }) {
  if (value === null) return <span className="text-faint">{'null'}</span>
  if (typeof value === 'string') return value === '' ? <span className="text-faint">{t('record.vendor.empty')}</span> : <Long text={value} />
  return <span className="text-accent">{String(value)}</span>
}

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text, title, className }: { text: () => string; title: string; className?: string }) {
  const [done, setDone] = useState(false)
  return (
    <Button
      size="sm"
      className={className}
      icon={done ? <Check size={13} aria-hidden /> : <Copy size={13} aria-hidden />}
      onClick={() =>
        void copyText(text()).then((copied) => {
          setDone(copied)
          if (copied) notify.done(t('record.copied'))
          else notify.failed(t('record.notCopied'), t('record.notCopiedWhy'))
        })
      }
    >
      {title}
    </Button>
  )
}

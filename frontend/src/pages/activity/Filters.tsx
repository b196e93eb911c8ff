import { useId, useState, type ReactNode } from 'react'
import { Select, TextInput } from '@/ui/Field'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { knownNouns, nounWord } from './entries'

/** Who, what and when. What is chosen stands in the address. */
export function Filters() {
  const url = useUrl()
  return (
    <div role="group" aria-label={t('activity.filters')} className="mt-4 flex flex-wrap items-end gap-3">
      <Typed name="actor" label={t('activity.who')} placeholder={t('activity.whoExample')} />
      <Labelled label={t('activity.what')}>
        {(id) => (
          <Select id={id} className="w-40" value={url.one('collection')} onChange={(event) => url.set({ collection: event.target.value })}>
            <option value="">{t('activity.anything')}</option>
            {knownNouns.map((noun) => (
              <option key={noun} value={noun}>
                {nounWord(noun)}
              </option>
            ))}
          </Select>
        )}
      </Labelled>
      <Typed name="key" label={t('activity.called')} placeholder={t('activity.calledExample')} />
      <Labelled label={t('activity.since')}>
        {(id) => <TextInput id={id} type="date" className="w-38" value={url.one('since')} onChange={(event) => url.set({ since: event.target.value })} />}
      </Labelled>
      <Labelled label={t('activity.until')}>
        {(id) => <TextInput id={id} type="date" className="w-38" value={url.one('until')} onChange={(event) => url.set({ until: event.target.value })} />}
      </Labelled>
    </div>
  )
}

/** The host compares whole names, so a half-typed one is not asked for: Enter or leaving the field does. */
function Typed({ name, label, placeholder }: { name: 'actor' | 'key'; label: string; placeholder: string }) {
  const url = useUrl()
  const [text, setText] = useState(url.one(name))
  const apply = () => text.trim() !== url.one(name) && url.set({ [name]: text.trim() })
  return (
    <Labelled label={label}>
      {(id) => (
        <TextInput
          id={id}
          className="w-40"
          placeholder={placeholder}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onBlur={apply}
          onKeyDown={(event) => event.key === 'Enter' && apply()}
        />
      )}
    </Labelled>
  )
}

function Labelled({ label, children }: { label: string; children: (id: string) => ReactNode }) {
  const id = useId()
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-xs text-muted">
        {label}
      </label>
      {children(id)}
    </div>
  )
}

import { Checkbox } from '@/ui/Field'
import { preferences, usePreferences } from '@/ui/preferences'
import { t } from '@/words'

/** Turns the keys that are one character on and off. */
export function SingleKeys() {
  const { singleKeys } = usePreferences()
  return (
    <label className="flex min-h-6 items-start gap-2 text-sm text-text">
      <span className="flex h-5 items-center">
        <Checkbox checked={singleKeys === 'on'} onChange={(event) => preferences.set({ singleKeys: event.target.checked ? 'on' : 'off' })} />
      </span>
      <span>
        {t('settings.keys.single')}
        <span className="block text-muted">{t('settings.keys.singleMeaning')}</span>
      </span>
    </label>
  )
}

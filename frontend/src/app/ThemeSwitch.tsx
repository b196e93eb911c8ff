import { Monitor, Moon, Sun } from 'lucide-react'
import { preferences, usePreferences, type Preferences } from '@/ui/preferences'
import { t } from '@/words'

const choices: { value: Preferences['theme']; title: string; icon: typeof Sun }[] = [
  { value: 'light', title: t('app.theme.light'), icon: Sun },
  { value: 'dark', title: t('app.theme.dark'), icon: Moon },
  { value: 'system', title: t('app.theme.system'), icon: Monitor },
]

export function ThemeSwitch() {
  const { theme } = usePreferences()
  return (
    <div role="group" aria-label={t('app.theme.label')} className="inline-flex rounded-md border border-line p-0.5">
      {choices.map(({ value, title, icon: Icon }) => (
        <button
          key={value}
          type="button"
          aria-label={title}
          aria-pressed={value === theme}
          title={title}
          onClick={() => preferences.set({ theme: value })}
          className="inline-flex size-6 items-center justify-center rounded text-faint hover:text-text aria-pressed:bg-sunken aria-pressed:text-text forced-colors:aria-pressed:bg-[Highlight]"
        >
          <Icon size={14} aria-hidden />
        </button>
      ))}
    </div>
  )
}

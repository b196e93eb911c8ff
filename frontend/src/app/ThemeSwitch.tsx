import { Monitor, Moon, Sun } from 'lucide-react'
import { useSyncExternalStore } from 'react'
import { theme, type Theme } from './theme'

const choices: { value: Theme; title: string; icon: typeof Sun }[] = [
  { value: 'light', title: 'Light', icon: Sun },
  { value: 'dark', title: 'Dark', icon: Moon },
  { value: 'system', title: 'Same as the system', icon: Monitor },
]

export function ThemeSwitch() {
  const current = useSyncExternalStore(theme.subscribe, theme.get)
  return (
    <div role="group" aria-label="Theme" className="inline-flex rounded-md border border-line p-0.5">
      {choices.map(({ value, title, icon: Icon }) => (
        <button
          key={value}
          type="button"
          aria-label={title}
          aria-pressed={value === current}
          title={title}
          onClick={() => theme.set(value)}
          className="inline-flex size-6 items-center justify-center rounded text-faint hover:text-text aria-pressed:bg-sunken aria-pressed:text-text"
        >
          <Icon size={14} aria-hidden />
        </button>
      ))}
    </div>
  )
}

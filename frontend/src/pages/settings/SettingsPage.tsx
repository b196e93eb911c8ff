import type { ReactNode } from 'react'
import { shell } from '@/lib/shell'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { About } from './About'
import { Appearance } from './Appearance'
import { Assistants } from './Assistants'
import { Configuration } from './Configuration'
import { Connectors } from './Connectors'
import { ModelSettings } from './ModelSettings'
import { Notifications } from './notifications/Notifications'
import { StorageFacts } from './StorageFacts'
import { WindowSettings } from './WindowSettings'

const parts = ['appearance', 'window', 'notifications', 'storage', 'connectors', 'summary', 'assistants', 'configuration', 'about'] as const

function titleOf(part: (typeof parts)[number]) {
  switch (part) {
    case 'assistants':
      return t('assistants.title')
    case 'notifications':
      return t('notifications.title')
  }
  return t(`settings.${part}.title`)
}

/** What is set, where each value comes from, and how to change it. */
export default function SettingsPage() {
  useTitle(t('settings.title'))
  const hasWindow = shell()?.Background !== undefined
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t('settings.title')}</h1>
      <nav aria-label={t('settings.parts')} className="mt-2 flex flex-wrap gap-x-4 gap-y-1">
        {parts.filter((part) => hasWindow || part !== 'window').map((part) => (
          <button key={part} type="button" className="min-h-6 text-sm text-accent hover:underline" onClick={() => showPart(part)}>
            {titleOf(part)}
          </button>
        ))}
      </nav>
      <Anchor id="appearance">
        <Appearance />
      </Anchor>
      {hasWindow && (
        <Anchor id="window">
          <WindowSettings />
        </Anchor>
      )}
      <Anchor id="notifications">
        <Notifications />
      </Anchor>
      <Anchor id="storage">
        <StorageFacts />
      </Anchor>
      <Anchor id="connectors">
        <Connectors />
      </Anchor>
      <Anchor id="summary">
        <ModelSettings />
      </Anchor>
      <Anchor id="assistants">
        <Assistants />
      </Anchor>
      <Anchor id="configuration">
        <Configuration />
      </Anchor>
      <Anchor id="about">
        <About />
      </Anchor>
    </>
  )
}

/** In the window the address behind the # is the page, so a part is shown, not linked. */
function showPart(part: string) {
  const section = document.getElementById(part)
  section?.scrollIntoView()
  section?.focus({ preventScroll: true })
}

const Anchor = ({ id, children }: { id: string; children: ReactNode }) => (
  <div id={id} tabIndex={-1} className="scroll-mt-14 outline-none">
    {children}
  </div>
)

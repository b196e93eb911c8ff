import { keyActions, keymap, type KeyAction, type KeyGroup } from '@/lib/keymap'
import { SingleKeys } from '@/parts/SingleKeys'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { Keys } from '@/ui/Keys'
import { usePreferences } from '@/ui/preferences'
import { useKeyActions } from '@/ui/useKeys'
import { t } from '@/words'
import { layers } from './layers'

const groups: KeyGroup[] = ['anywhere', 'go', 'list', 'connection', 'run', 'account']

/** The keys of this screen, from the table that registers them. */
export default function KeysDialog() {
  const close = () => layers.show(undefined)
  return (
    <Dialog
      open
      onClose={close}
      title={t('app.keyboard.title')}
      wide
      footer={
        <Button look="primary" onClick={close}>
          {t('common.close')}
        </Button>
      }
    >
      <KeyList />
    </Dialog>
  )
}

function KeyList() {
  const here = useKeyActions()
  const { singleKeys } = usePreferences()
  return (
    <>
      {singleKeys === 'off' && <p className="text-warn">{t('app.keyboard.off')}</p>}
      <div className="grid gap-x-8 gap-y-4 pt-1 sm:grid-cols-2">
        {groups.map((group) => (
          <Group key={group} group={group} actions={keyActions.filter((action) => keymap[action].group === group && (here.has(action) || action === 'back'))} />
        ))}
      </div>
      <div className="border-t border-line pt-3">
        <SingleKeys />
      </div>
    </>
  )
}

function Group({ group, actions }: { group: KeyGroup; actions: KeyAction[] }) {
  if (actions.length === 0) return null
  return (
    <section aria-label={t(`app.keyboard.groups.${group}`)}>
      <h3 className="text-sm font-semibold text-text">{t(`app.keyboard.groups.${group}`)}</h3>
      <dl className="mt-1">
        {actions.map((action) => (
          <div key={action} className="flex min-h-7 items-center justify-between gap-3 text-sm">
            <dt>{t(`app.keys.${action}`)}</dt>
            <dd>
              <Keys action={action} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

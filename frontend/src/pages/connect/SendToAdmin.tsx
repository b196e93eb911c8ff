import { Copy } from 'lucide-react'
import { useState } from 'react'
import type { Connector } from '@/api/types'
import { copyText } from '@/lib/copy'
import { Button } from '@/ui/Button'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { handoverOf } from './handover'

/** Copies the guide for the person who has the rights in the other system. */
export function SendToAdmin({ connector, link }: { connector: Connector; link: string }) {
  const [shown, setShown] = useState('')
  const copy = async () => {
    const text = handoverOf(connector, link)
    if (await copyText(text)) notify.done(t('connect.handover.copied'))
    else setShown(text)
  }
  return (
    <div className="mt-4">
      <Button size="sm" icon={<Copy size={13} aria-hidden />} onClick={() => void copy()}>
        {t('connect.handover.button')}
      </Button>
      <p className="mt-1.5 text-sm text-faint">{t('connect.handover.about')}</p>
      {shown && <textarea readOnly aria-label={t('connect.handover.text')} value={shown} rows={8} className="mt-2 w-full rounded-md border border-control bg-panel p-2 font-mono text-xs text-text" />}
    </div>
  )
}

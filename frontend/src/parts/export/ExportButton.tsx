import { Download } from 'lucide-react'
import { useState } from 'react'
import type { ExportFilter, ExportRequest } from '@/api/exports'
import type { Source } from '@/api/types'
import { Button } from '@/ui/Button'
import { useOffline } from '@/ui/offline'
import { useKeys } from '@/ui/useKeys'
import { t } from '@/words'
import { ExportDialog } from './ExportDialog'

export interface ExportOf {
  /** The list. */
  list: ExportRequest['what']
  filter: ExportFilter
  /** The filter in words, a line for each condition; none = all of the list. */
  conditions: string[]
  /** The moment that the list is of, in words; for lists that have one. */
  moment?: string
  /** Rows that will be in the file, where that is known. */
  rows?: number
  /** Connections that the list is from, with how far each can be relied on. */
  sources?: Source[]
}

/** Writes a list into a file that says what it is. */
export function ExportButton(of: ExportOf) {
  const [open, setOpen] = useState(false)
  const offline = useOffline()
  useKeys({ export: offline ? undefined : () => setOpen(true) })
  return (
    <>
      <Button asksAgent icon={<Download size={14} aria-hidden />} onClick={() => setOpen(true)} data-export={of.list}>
        {t('exports.button')}
      </Button>
      {open && <ExportDialog {...of} onClose={() => setOpen(false)} />}
    </>
  )
}

import { useMutation } from '@tanstack/react-query'
import { listHeldRecords } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { HeldRemoval } from '@/api/types'
import { saveText } from '@/lib/save'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { heldCsv } from './heldList'

/** Saves the whole list of a held removal as a file, whatever part of it is on the page. */
export const useSaveHeld = (connection: string, alias: string, removal: HeldRemoval) =>
  useMutation({
    mutationFn: async () => {
      const records: HeldRemoval['sample'] = []
      let cursor: string | undefined
      do {
        const page = await listHeldRecords(connection, removal.stream, cursor)
        records.push(...page.items)
        cursor = page.next_cursor || undefined
      } while (cursor)
      saveText(`${alias}-${removal.stream}-held.csv`, 'text/csv;charset=utf-8', [heldCsv(alias, removal, records)])
    },
    onError: (error) => notify.failed(t('connection.held.notSaved'), asProblem(error).message),
  })

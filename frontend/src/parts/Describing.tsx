import { useDescribing } from '@/api/host'
import { cx } from '@/ui/cx'
import { t } from '@/words'

/** Says that the list it stands with is not whole yet. */
export function Describing({ className }: { className?: string }) {
  const count = useDescribing()
  return (
    <p role="status" className={cx('text-sm text-muted empty:hidden', className)}>
      {count > 0 ? t('home.describing', { count }) : ''}
    </p>
  )
}

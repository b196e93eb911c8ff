import { useMedia } from '@/ui/useMedia'

/** How much room the list has: a column for everything, for the most important, or for the name alone. */
export type Layout = 'wide' | 'medium' | 'narrow'

/** The widths are those of xl and md in ui/theme.css. What has no room is drawn once, in the second line of a row. */
export function useLayout(): Layout {
  const notWide = useMedia('(max-width: 81.99rem)')
  const narrow = useMedia('(max-width: 56.24rem)')
  return narrow ? 'narrow' : notWide ? 'medium' : 'wide'
}

import type { Run } from '@/api/types'
import { count } from '@/lib/numbers'
import { visible } from '@/lib/visible'
import { t } from '@/words'

export interface Sums {
  added: number
  changed: number
  removed: number
}

/** What a run changed over all of its steps. */
export function sumsOf({ steps }: Pick<Run, 'steps'>): Sums {
  const sum = (of: keyof Sums) => steps.reduce((total, step) => total + step[of], 0)
  return { added: sum('added'), changed: sum('changed'), removed: sum('removed') }
}

/** "+12 ~3 −1", without what is none. */
export const shortOf = ({ added, changed, removed }: Sums): string =>
  [added > 0 && `+${count(added)}`, changed > 0 && `~${count(changed)}`, removed > 0 && `−${count(removed)}`].filter(Boolean).join(' ')

/** The same in words, for those who hear it. */
export const saidOf = (alias: string, { added, changed, removed }: Sums): string =>
  t('home.last.said', { alias: visible(alias), added: count(added), changed: count(changed), removed: count(removed) })

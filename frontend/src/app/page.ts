import { lazy, type ComponentType } from 'react'
import { addWords } from '@/words'

/** Comes before the page, since a file may put a text of the catalogue into a constant. */
const words = () => import('@/words/rest').then(({ rest }) => addWords(rest))

/** A page, or a layer over one, that is loaded when somebody goes there, with the words that are not in the first load. */
export const page = <Props>(load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy(async () => {
    await words()
    return load()
  })

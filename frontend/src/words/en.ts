import { first } from './first'
import { rest } from './rest'

/** Every word on screen in English, a file for each page. A translation has the same keys. */
export const en = { ...first, ...rest }

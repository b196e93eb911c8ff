// Tests draw pages without the routes that bring the words of a page.
import { addWords } from '@/words'
import { rest } from '@/words/rest'

addWords(rest)

import { expect, it } from 'vitest'
import { csv } from './csv'

it('quotes what has to be, and lets no value become a formula', () => {
  expect(csv([['a', 'b,c', 'say "x"'], ['=1+1', '@x', '-2']])).toBe('a,"b,c","say ""x"""\r\n\'=1+1,\'@x,\'-2\r\n')
})

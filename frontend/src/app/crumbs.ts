export interface Crumb {
  title: string
  href: string
  /** What the title is the reference of, when it is one. */
  names?: 'connector' | 'connection'
}

const list: Crumb = { title: 'Connections', href: '/connections' }
const available: Crumb = { title: 'Available', href: '/connections/available' }

/** The way from the top to an address, read from the address alone. */
export function crumbsOf(path: string): Crumb[] {
  const [first, second, third] = path.split('/').filter(Boolean).map(decodeURIComponent)
  if (first === 'accounts') return [{ title: 'Accounts', href: '/accounts' }]
  if (first !== 'connections') return []
  if (!second) return [list]
  if (second === 'available') return [list, available]
  if (second === 'new') return third ? [list, available, { title: third, href: path, names: 'connector' }] : [list, available]
  const one: Crumb = { title: second, href: `/connections/${encodeURIComponent(second)}`, names: 'connection' }
  return third === 'edit' ? [list, one, { title: 'Edit', href: path }] : [list, one]
}

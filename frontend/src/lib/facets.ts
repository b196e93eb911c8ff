export interface Searchable {
  id: string
  name: string
  vendor: string
  summary: string
  categories: string[]
  streams: { name: string; title: string; kind: string }[]
  permissions: { id: string }[]
}

/** Every word of the query must appear somewhere in what a connector says about itself. */
export function matches(item: Searchable, query: string, titles: ReadonlyMap<string, string>): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return true
  const text = [
    item.id,
    item.name,
    item.vendor,
    item.summary,
    ...item.categories.flatMap((c) => [c, titles.get(c) ?? '']),
    ...item.streams.flatMap((s) => [s.name, s.title, s.kind]),
    ...item.permissions.map((p) => p.id),
  ]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

/** How many items carry each category. */
export function countByCategory(items: readonly { categories: string[] }[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) for (const c of item.categories) counts.set(c, (counts.get(c) ?? 0) + 1)
  return counts
}

/** Every item once, under the first of its categories that is known, in the order the categories come; the rest under "". */
export function groupByCategory<T extends { categories: string[] }>(items: readonly T[], order: readonly string[]): [string, T[]][] {
  const home = (item: T) => item.categories.find((c) => order.includes(c)) ?? ''
  return [...order, '']
    .map((id): [string, T[]] => [id, items.filter((item) => home(item) === id)])
    .filter(([, group]) => group.length > 0)
}

export const controlPath = (id: string) => `/controls/${encodeURIComponent(id)}`
/** A framework, with one of its requirements searched for. */
export const frameworkPath = (id: string, requirement = '') =>
  `/frameworks/${encodeURIComponent(id)}${requirement ? `?${new URLSearchParams({ q: requirement }).toString()}` : ''}`

/** Whether every word of a search is in one of some texts. */
export function holdsWords(search: string, texts: readonly (string | undefined)[]): boolean {
  const all = texts.join('\n').toLowerCase()
  return search.toLowerCase().split(/\s+/).filter(Boolean).every((word) => all.includes(word))
}

/** How many of some things are in each state, in the order of the states; a state that is chosen has its place in any case. */
export const statesOf = <S extends string>(order: readonly S[], items: readonly { state: S }[], chosen: string[]) =>
  order
    .map((state) => ({ state, count: items.filter((one) => one.state === state).length }))
    .filter(({ state, count }) => count > 0 || chosen.includes(state))

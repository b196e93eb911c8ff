/** The row of a grid that an element is in; undefined outside of rows. */
export function rowOf(element: Element | null): number | undefined {
  const place = element?.closest<HTMLElement>('[data-place]')?.dataset.place
  const row = place === undefined ? NaN : Number(place.split(':')[0])
  return row >= 0 ? row : undefined
}

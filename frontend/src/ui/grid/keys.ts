/** Which cell has the focus: row -1 is the heading, column -1 the whole row. */
export interface Place {
  row: number
  column: number
}

interface Size {
  rows: number
  columns: number
  /** Rows of a screen. */
  page: number
}

interface Key {
  key: string
  ctrlKey: boolean
  metaKey: boolean
}

/** Where a key takes the focus; undefined where it is no key of a grid. */
export function moved({ row, column }: Place, { key, ctrlKey, metaKey }: Key, { rows, columns, page }: Size): Place | undefined {
  const last = rows - 1
  // The heading has no row as a whole.
  const at = (to: number, of = column) => ({ row: to, column: to < 0 ? Math.max(0, of) : of })
  const far = ctrlKey || metaKey
  switch (key) {
    case 'ArrowDown':
      return at(Math.min(last, row + 1))
    case 'ArrowUp':
      return at(Math.max(-1, row - 1))
    case 'ArrowRight':
      return at(row, Math.min(columns - 1, column + 1))
    case 'ArrowLeft':
      return at(row, Math.max(-1, column - 1))
    case 'PageDown':
      return at(Math.min(last, Math.max(0, row) + page))
    case 'PageUp':
      return at(Math.max(0, row - page))
    case 'Home':
      return far || column <= 0 ? at(Math.min(0, last)) : at(row, 0)
    case 'End':
      return far || column < 0 ? at(last) : at(row, columns - 1)
    default:
      return undefined
  }
}

/** Height of a row in pixels. Every row has it, or those out of sight could not be counted. */
export const rowHeight = 40

/** Browsers draw no box that is much higher than this; a longer list moves faster under the scroll bar. */
export const tallest = 12_000_000

const margin = 8

export interface Slice {
  first: number
  end: number
}

/** Where the rows of a list are that scrolls in a box of that height. */
export interface Geometry {
  /** Height of all rows for the scroll bar. */
  height: number
  /** Which rows are in sight, with some to spare. */
  slice: Slice
  /** Distance of a row from the top of what scrolls. */
  topOf: (row: number) => number
  /** Where to scroll so that a row is in sight; the place that is given where it is already. */
  reveal: (row: number) => number
  /** Rows that fit into the box. */
  page: number
}

/** top is how far the box has scrolled, view the height of the box without its heading. */
export function geometry(count: number, top: number, view: number): Geometry {
  const full = count * rowHeight
  const height = Math.min(full, tallest)
  // One pixel of the scroll bar is so many of the rows.
  const scale = height > view ? (full - view) / (height - view) : 1
  const offset = Math.max(0, Math.min(top * scale, full - view))
  const first = Math.max(0, Math.min(count, Math.floor(offset / rowHeight) - margin))
  return {
    height,
    slice: { first, end: Math.min(count, Math.ceil((offset + view) / rowHeight) + margin) },
    topOf: (row) => row * rowHeight - offset + top,
    reveal: (row) => {
      if (row * rowHeight < offset) return (row * rowHeight) / scale
      if ((row + 1) * rowHeight > offset + view) return ((row + 1) * rowHeight - view) / scale
      return top
    },
    page: Math.max(1, Math.floor(view / rowHeight) - 1),
  }
}

const hues = [8, 28, 44, 92, 148, 176, 200, 222, 250, 276, 312, 338]

/** Figures that fill a part of a tile of 32 by 32. */
const figures = [
  'M0 32A32 32 0 0 1 32 0V32Z',
  'M32 32A32 32 0 0 0 0 0V32Z',
  'M0 0H32A32 32 0 0 1 0 32Z',
  'M0 32L32 0V32Z',
  'M0 0L32 32H0Z',
  'M0 20A16 16 0 0 1 32 20V32H0Z',
  'M0 0H16A16 16 0 0 1 16 32H0Z',
  'M0 21H32V32H0Z',
  'M16 3L29 16L16 29L3 16Z',
  'M16 4A12 12 0 1 1 15.99 4Z',
  'M0 0H11V32H0ZM21 0H32V32H21Z',
  'M0 16A16 16 0 0 0 16 0H0ZM32 16A16 16 0 0 0 16 32H32Z',
]

function hash(text: string): number {
  let sum = 7
  for (const char of text) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003
  return sum
}

/** The tint of a mark: the same for the same name. */
export const hueOf = (name: string): number => hues[hash(name) % hues.length] ?? 222

/** The figure of a mark, as the path of an SVG. */
export const figureOf = (name: string): string => figures[Math.floor(hash(name) / hues.length) % figures.length] ?? ''

/** Two letters for a name: of its first two words, of its inner capitals, or its first two. */
export function monogram(name: string): string {
  const words = name.split(/[\s/_.-]+/).filter((word) => /[\p{L}\p{N}]/u.test(word))
  const [first = '', second] = words
  if (second) return `${first.charAt(0)}${second.charAt(0)}`.toUpperCase()
  const inner = /^\p{Lu}\p{Ll}+(\p{Lu})/u.exec(first)
  if (inner) return `${first.charAt(0)}${inner[1] ?? ''}`
  return first.charAt(0).toUpperCase() + first.charAt(1).toLowerCase()
}

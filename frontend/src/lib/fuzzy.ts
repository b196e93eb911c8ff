/** A text to be searched, and how much a hit in it counts. */
export interface Haystack {
  text: string
  weight: number
}

/** How many changes of one letter lead from a to b (two that change places are one), or limit + 1 when it is more. */
export function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + change)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1)
      row.push(best)
    }
    if (Math.min(...row) > limit) return limit + 1
    before = last
    last = row
  }
  return last[b.length] ?? limit + 1
}

/** How many typing errors a word may have. A short one has none: it would be another word. */
const tolerated = (word: string) => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2)

/** How well a word fits one word of a text, from 0 to 1. Both are plain. */
function fit(word: string, candidate: string): number {
  if (candidate === word) return 1
  if (candidate.startsWith(word)) return 0.9
  if (word.length > 2 && candidate.includes(word)) return 0.6
  const errors = tolerated(word)
  if (errors === 0) return 0
  // What is still being typed is compared with as much of the candidate.
  const most = Math.min(distance(word, candidate, errors), distance(word, candidate.slice(0, word.length), errors))
  return most > errors ? 0 : 0.5 - 0.1 * most
}

/** How well a plain text that is searched for is found in the plain texts of an item; 0 when it is not. */
export function score(wanted: string, haystacks: readonly Haystack[]): number {
  let best = 0
  for (const { text, weight } of haystacks) {
    if (weight <= best) continue
    const whole = wanted.includes(' ') && text.includes(wanted) ? 1 : 0
    for (const word of text.split(' ')) best = Math.max(best, weight * Math.max(whole, fit(wanted, word)))
  }
  return best
}

/**
 * How well a text answers what was typed: 0 not at all, more is better. Every word typed has to be in it:
 * at the beginning of the text, of a word, somewhere, or a word of which letters were left out.
 */
export function match(typed: string, text: string): number {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  const within = text.toLowerCase()
  let least = Infinity
  for (const word of words) least = Math.min(least, matchWord(word, within))
  return words.length === 0 ? 1 : least
}

function matchWord(word: string, text: string): number {
  const at = text.indexOf(word)
  if (at === 0) return 4
  if (at > 0) return /[\p{L}\p{N}]/u.test(text[at - 1] ?? '') ? 2 : 3
  return word.length > 2 && text.split(/[^\p{L}\p{N}]+/u).some((one) => one.startsWith(word.charAt(0)) && isSubsequence(word, one)) ? 1 : 0
}

function isSubsequence(word: string, text: string): boolean {
  let from = 0
  for (const letter of word) {
    from = text.indexOf(letter, from) + 1
    if (from === 0) return false
  }
  return true
}

const LONGEST_QUOTE = 100
const MOST_NAMED = 5

/** A text that somebody sent, in quotes; a long one is cut. */
export function quoted(text: string): string {
  return `"${cut(text, LONGEST_QUOTE)}"`
}

/** Some of what a message is about, by name; how many more there are is said: `a, b, c, d, e and 19,995 more`. */
export function few(names: readonly string[], separator = ', '): string {
  const more = names.length - MOST_NAMED
  const named = names.slice(0, MOST_NAMED).join(separator)
  return more > 0 ? `${named} and ${more.toLocaleString('en-US')} more` : named
}

/** The same text, or its beginning with a sign that it goes on. */
export function cut(text: string, longest: number): string {
  if (text.length <= longest) return text
  const begun = text.slice(0, longest)
  // The first half of a pair of surrogates is no character.
  return `${begun.replace(/[\ud800-\udbff]$/, '')}…`
}

/** The text as a terminal may show it: whatever somebody sent moves no cursor and rings no bell. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ')
}

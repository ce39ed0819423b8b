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

/** A text that mentions nobody and links to nothing, where chats read it. */
export function withoutMarkup(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '@': '@\u200b' }
  return text.replace(/[\p{Cc}\p{Cs}]/gu, ' ').replace(/[&<>@]/g, (sign) => entities[sign] ?? sign)
}

/** A text, not as a part of a longer word. */
export function wordPattern(text: string, flags: string): RegExp {
  const escaped = text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}(?![\\p{L}\\p{N}])`, flags)
}

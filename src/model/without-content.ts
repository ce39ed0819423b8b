/** Names of what is set up, not of what rows hold, stand behind such words. */
const NOUNS =
  /(?:\b(?:relation|table|column|constraint|index|type|function|database|schema|role|user|key|stage|source|adapter|reading)|\bversion \d+ of) $/i

const NAME = /^[\w.-]{1,63}$/

/**
 * What a message says without what it quotes, as that may be out of a row: for the log. Names of tables, stages, sources and the like
 * stay. What is quoted may hold quotes itself, so all goes from the first to the last of them.
 */
export function withoutContent(message: string): string {
  const cut = message.replace(/\bvalue: .*$/s, 'value: …')
  return withoutQuoted(withoutQuoted(cut, '"'), "'")
}

function withoutQuoted(text: string, quote: string): string {
  for (let begin = openingAfter(text, quote, 0); begin >= 0; ) {
    const end = text.indexOf(quote, begin + 1)
    const isName =
      end > 0 && isNamed(text.slice(0, begin), text.slice(end + 1)) && NAME.test(text.slice(begin + 1, end))
    if (!isName) return `${text.slice(0, begin)}${quote}…${quote}${text.slice(lastClosing(text, quote, begin) + 1)}`
    begin = openingAfter(text, quote, end + 1)
  }
  return text
}

/** A column stands before its type, too. */
function isNamed(before: string, after: string): boolean {
  return NOUNS.test(before) || (before.endsWith(' in ') && after.startsWith(' ('))
}

/** Where the next quote begins; an apostrophe within a word is none. */
function openingAfter(text: string, quote: string, from: number): number {
  for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
    if (quote === '"' || !/\w/.test(text[at - 1] ?? ' ')) return at
  }
  return -1
}

/** Where the last one ends; the end of the text where none does. */
function lastClosing(text: string, quote: string, begin: number): number {
  for (let at = text.lastIndexOf(quote); at > begin; at = text.lastIndexOf(quote, at - 1)) {
    if (quote === '"' || !/\w/.test(text[at + 1] ?? ' ')) return at
  }
  return text.length
}

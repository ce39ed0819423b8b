/** The rows of a file, one after the other: what can't be read as a row is one that says so. */
import { extname } from 'node:path'
import { parse } from 'csv-parse'
import { exactNumber, parseJson } from '../../../model/exact-json.ts'
import type { SourceRow } from '../../../model/source-row.ts'
import { UNREADABLE } from '../../unread-rows.ts'
import { rowOf } from '../sql-source.ts'

type Texts = AsyncIterable<string>

/** A line or an element that is longer is no row; what comes after it can't be told apart from it. */
const LONGEST_ROW = 16 * 1024 * 1024

const READERS: Readonly<Record<string, (texts: Texts) => AsyncGenerator<SourceRow>>> = {
  '.csv': csvRows,
  '.tsv': csvRows,
  '.ndjson': lineRows,
  '.jsonl': lineRows,
  '.json': elementRows,
}

export const FILE_KINDS: readonly string[] = Object.keys(READERS)

/** How a file of this name is read; undefined where it isn't. */
export function readerOf(path: string): ((texts: Texts) => AsyncGenerator<SourceRow>) | undefined {
  return READERS[extname(path).toLowerCase()]
}

/**
 * Rows by the names of the first line. CSV has no types: what is written as JavaScript would write a number is one, and
 * what is empty is nothing. A line of fewer fields lacks the last; one of more can't be read.
 */
async function* csvRows(texts: Texts): AsyncGenerator<SourceRow> {
  const { head, rest } = await withFirstLine(texts)
  const delimiter = delimiterIn(head)
  const parser = parse({
    bom: true,
    delimiter,
    relaxColumnCount: true,
    skipEmptyLines: true,
    maxRecordSize: LONGEST_ROW,
  })
  const feed = (async () => {
    parser.write(head)
    for await (const text of rest) {
      if (!parser.write(text)) await new Promise((resolve) => parser.once('drain', resolve))
    }
    parser.end()
  })()
  feed.catch((error: Error) => parser.destroy(error))
  let names: string[] | undefined
  for await (const fields of parser as AsyncIterable<string[]>) {
    if (!names) names = namesIn(fields)
    else {
      const extra = fields.slice(names.length)
      const row = rowOf(names.slice(0, fields.length), fields.map(valueOf))
      yield extra.length === 0 ? row : { ...row, [UNREADABLE]: extra }
    }
  }
  await feed
}

/** As much as holds the first line, and what comes after. */
async function withFirstLine(texts: Texts): Promise<{ head: string; rest: Texts }> {
  const pieces = texts[Symbol.asyncIterator]()
  let head = ''
  for (let piece = await pieces.next(); !piece.done; piece = await pieces.next()) {
    head += piece.value
    checkLength(head)
    if (/[\r\n]./s.test(head)) break
  }
  return { head, rest: { [Symbol.asyncIterator]: () => pieces } }
}

/** What separates the names of the columns most often does so in all lines. */
function delimiterIn(head: string): string {
  const [names = ''] = head.replace(/"[^"]*"/g, '').split(/[\r\n]/)
  const count = (delimiter: string) => names.split(delimiter).length
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best))
}

const DELIMITERS = [',', ';', '\t'] as const

/** A column without a name is called by its place. @throws Error where two have one name: nobody knows which is meant. */
function namesIn(fields: readonly string[]): string[] {
  const names = fields.map((name, i) => name.trim() || `column ${i + 1}`)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new Error(`it has two columns "${twice}"`)
  return names
}

const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/

function valueOf(field: string): unknown {
  if (field === '') return null
  return PLAIN_NUMBER.test(field) && field !== '-0' ? exactNumber(field) : field
}

/** A row on each line that isn't blank. */
async function* lineRows(texts: Texts): AsyncGenerator<SourceRow> {
  for await (const line of linesOf(texts)) if (line.trim() !== '') yield rowIn(line)
}

async function* linesOf(texts: Texts): AsyncGenerator<string> {
  let rest = ''
  for await (const text of texts) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    checkLength(rest)
    yield* lines
  }
  if (rest !== '') yield rest
}

/** The elements of one JSON array. */
async function* elementRows(texts: Texts): AsyncGenerator<SourceRow> {
  let depth = 0
  let isText = false
  let isEscaped = false
  let element = ''
  for await (const text of texts) {
    let start = 0
    for (let at = 0; at < text.length; at++) {
      const char = text[at]
      if (isText) {
        if (isEscaped) isEscaped = false
        else if (char === '\\') isEscaped = true
        else if (char === '"') isText = false
      } else if (char === '"') isText = true
      else if (char === '[' || char === '{') {
        depth += 1
        if (depth === 1) {
          if (char === '{') throw new NoList()
          start = at + 1
        }
      } else if (char === ']' || char === '}' || (char === ',' && depth === 1)) {
        if (char !== ',') depth -= 1
        if (depth === 0 || (depth === 1 && char === ',')) {
          element += text.slice(start, at)
          if (element.trim() !== '') yield rowIn(element)
          element = ''
          start = at + 1
        }
      } else if (depth === 0 && char?.trim() && char !== '\ufeff') throw new NoList()
    }
    if (depth > 0) element += text.slice(start)
    checkLength(element)
  }
  if (depth > 0) throw new Error('it ends in the middle')
}

class NoList extends Error {
  constructor() {
    super('it must be a list of rows: [{…}, {…}]')
  }
}

function checkLength(text: string): void {
  if (text.length > LONGEST_ROW) throw new Error(`a row has more than ${LONGEST_ROW.toLocaleString('en')} characters`)
}

function rowIn(text: string): SourceRow {
  try {
    const value = parseJson(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as SourceRow
  } catch {
    // It is shown as it is.
  }
  return { [UNREADABLE]: text }
}

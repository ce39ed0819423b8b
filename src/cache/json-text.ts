/** A value of JSON that Postgres writes itself: text by text as JSON.stringify would. `Column` names what it is read from. */
export type JsonPart<Column> =
  /** JSON as it stands. */
  | { json: string }
  | { column: Column; kind: JsonKind; nullable: boolean }
  /** An object, its keys in order; null where the column is, if one is given. */
  | { entries: readonly (readonly [key: string, value: JsonPart<Column>])[]; nullWith?: Column }

/** How a column's values are written. */
export type JsonKind = 'text' | 'plain text' | 'number' | 'float' | 'instant' | 'duration'

/**
 * SQL for the JSON text of a value. It is null where a value that must not be null is, or can't be written as JavaScript
 * writes it.
 * @param sqlOf SQL for a column's value, of the type that its kind says
 */
export function jsonTextSql<Column>(part: JsonPart<Column>, sqlOf: (column: Column) => string): string {
  return concatenated(piecesOf(part, sqlOf))
}

type Piece = { text: string } | { sql: string }

function piecesOf<Column>(part: JsonPart<Column>, sqlOf: (column: Column) => string): Piece[] {
  if ('json' in part) return [{ text: part.json }]
  if ('column' in part) {
    const pieces = PIECES[part.kind](sqlOf(part.column))
    return part.nullable ? nullOr(sqlOf(part.column), pieces) : pieces
  }
  const { entries, nullWith } = part
  const pieces = entries.flatMap(([key, value], i): Piece[] => [
    { text: `${i === 0 ? '' : ','}"${key}":` },
    ...piecesOf(value, sqlOf),
  ])
  const object = [{ text: '{' }, ...pieces, { text: '}' }]
  return nullWith === undefined ? object : nullOr(sqlOf(nullWith), object)
}

function nullOr(column: string, pieces: readonly Piece[]): Piece[] {
  return [{ sql: `CASE WHEN ${column} IS NULL THEN 'null' ELSE ${concatenated(pieces)} END` }]
}

const PIECES: Readonly<Record<JsonKind, (value: string) => Piece[]>> = {
  text: (value) => [{ sql: `to_json(${value})::text` }],
  /** Text that needs no escapes: UUIDs, dates, names of enums. */
  'plain text': (value) => [{ text: '"' }, { sql: `${value}::text` }, { text: '"' }],
  /** Whole numbers and booleans. */
  number: (value) => [{ sql: `${value}::text` }],
  // Both write the shortest digits; where it is not by an exponent, they are the same.
  float: (value) => [
    {
      sql: `CASE WHEN ${value} = 0 THEN '0' WHEN abs(${value}) >= 1e-4 AND abs(${value}) < 1e15 THEN ${value}::text END`,
    },
  ],
  /** Timestamps with time zone, to the millisecond. */
  instant: (value) => [{ sql: `to_char(${value} AT TIME ZONE 'UTC', '"\\""YYYY-MM-DD"T"HH24:MI:SS.MS"Z\\""')` }],
  /** Whole seconds, as ISO 8601. */
  duration: (value) => [
    { text: '"PT' },
    {
      sql: `coalesce(nullif(concat(nullif(${value} / 3600, 0) || 'H', nullif(${value} / 60 % 60, 0) || 'M',
        nullif(${value} % 60, 0) || 'S'), ''), '0S')`,
    },
    { text: '"' },
  ],
}

function concatenated(pieces: readonly Piece[]): string {
  const terms: string[] = []
  let text = ''
  for (const piece of pieces) {
    if ('text' in piece) text += piece.text
    else {
      if (text) terms.push(literal(text))
      terms.push(piece.sql)
      text = ''
    }
  }
  return [...terms, ...(text ? [literal(text)] : [])].join(' || ')
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

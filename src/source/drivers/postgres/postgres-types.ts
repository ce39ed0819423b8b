import pg from 'pg'
import { type ExactNumber, exactNumber, parseJson } from '../../../model/exact-json.ts'

const { DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL, INT8, NUMERIC, FLOAT4, FLOAT8, JSON, JSONB } = pg.types.builtins

/** A number with all its digits; `NaN` and infinities, which JSON has no word for, stay text. */
function plainNumber(text: string): number | ExactNumber | string {
  return /\d/.test(text) ? exactNumber(text) : text
}

/** Postgres' numbers of arrays of bigint, real, double precision and numeric. */
const NUMBER_ARRAYS = [1016, 1021, 1022, 1231]
const TEXT_ARRAY: number = 1009
const textArray: (text: string) => unknown = pg.types.getTypeParser(TEXT_ARRAY)

function plainNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainNumbers)
  return typeof value === 'string' ? plainNumber(value) : value
}

/** Rows as JSON would have them: dates and times stay text, and so do numbers that JSON or JavaScript would change. */
export const plainTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (([DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL] as number[]).includes(oid)) return String
    if (([INT8, NUMERIC, FLOAT4, FLOAT8] as number[]).includes(oid)) return plainNumber
    if (oid === JSON || oid === JSONB) return parseJson
    if (NUMBER_ARRAYS.includes(oid)) return (text: string) => plainNumbers(textArray(text))
    return pg.types.getTypeParser(oid, format)
  },
} as pg.CustomTypesConfig

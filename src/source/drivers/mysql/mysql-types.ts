import { isUtf8 } from 'node:buffer'
import type { TypeCastField } from 'mysql2'
import { type ExactNumber, exactNumber, parseJson } from '../../../model/exact-json.ts'

/** Types whose values are numbers that JavaScript may not hold. */
const NUMBERS = new Set([
  'DECIMAL',
  'NEWDECIMAL',
  'TINY',
  'SHORT',
  'LONG',
  'LONGLONG',
  'INT24',
  'FLOAT',
  'DOUBLE',
  'YEAR',
])
const TIMES = new Set(['DATE', 'NEWDATE', 'DATETIME', 'DATETIME2', 'TIMESTAMP', 'TIMESTAMP2', 'TIME', 'TIME2'])

/** Values as JSON would have them: dates and times stay text, 0000-00-00 too, and numbers keep their digits. */
export function plainValue(field: TypeCastField): unknown {
  if (NUMBERS.has(field.type)) return numberIn(field.string('ascii'))
  if (TIMES.has(field.type)) return field.string('ascii')
  if (field.type === 'BIT') return bitsIn(field.buffer())
  if (field.type === 'JSON') return jsonIn(field.string('utf8'))
  return textIn(field.buffer())
}

function numberIn(text: string | null): number | ExactNumber | null {
  return text === null ? null : exactNumber(text)
}

function jsonIn(text: string | null): unknown {
  return text === null ? null : parseJson(text)
}

/** A flag is a number as it is in any other integer column. */
function bitsIn(bytes: Buffer | null): number | ExactNumber | null {
  return bytes === null ? null : exactNumber(String(bytes.reduce((bits, byte) => bits * 256n + BigInt(byte), 0n)))
}

/** Text, which the connection has in UTF-8; what is no text is shown as hexadecimal digits. */
function textIn(bytes: Buffer | null): string | null {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString('utf8') : `\\x${bytes.toString('hex')}`
}

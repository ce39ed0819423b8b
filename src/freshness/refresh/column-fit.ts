/** A value is stored exactly, or it is refused. */
import { isIsoDate } from '../../model/calendar.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Says of a value whether a column of this type in Postgres holds it, exactly; null aside. */
export function fitOf(type: string): (value: unknown) => boolean {
  return FITS[type] ?? isText
}

const FITS: Readonly<Record<string, (value: unknown) => boolean>> = {
  smallint: integerUpTo(2 ** 15),
  integer: integerUpTo(2 ** 31),
  bigint: Number.isSafeInteger,
  'double precision': Number.isFinite,
  real: (value) => typeof value === 'number' && Number.isFinite(Math.fround(value)),
  boolean: (value) => typeof value === 'boolean',
  uuid: (value) => typeof value === 'string' && UUID.test(value),
  date: (value) => typeof value === 'string' && isIsoDate(value),
}

function integerUpTo(limit: number): (value: unknown) => boolean {
  return (value) => typeof value === 'number' && Number.isInteger(value) && -limit <= value && value < limit
}

/** Postgres' text holds every character but NUL. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\0')
}

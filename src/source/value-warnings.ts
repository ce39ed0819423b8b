import type { ChangedSides } from '../cache/activities.ts'
import type { Sql } from '../cache/database.ts'
import { kindsOf } from '../cache/references.ts'
import { few } from '../model/excerpts.ts'
import { isKindNamed } from '../model/value-rules.ts'
import { type Warning, WarningCode } from '../model/warning.ts'
import type { Source } from './sources.ts'

/** Where rules name kinds, one that was made or renamed in the source must not get its value in silence. */
export async function unnamedWarning(sql: Sql, { name, value }: Source): Promise<Warning[]> {
  if (!value.rules.some(({ kinds }) => kinds)) return []
  const unnamed = (await kindsOf(sql, name)).filter((kind) => !isKindNamed(value, kind))
  if (unnamed.length === 0) return []
  const message =
    `No rule of source "${name}" names ${unnamed.length === 1 ? 'the kind' : 'the kinds'} ` +
    `${few(unnamed.map((kind) => `"${kind}"`))}: where no other rule fits, their activities are ${value.otherwise}.`
  return [{ code: WarningCode.KIND_UNNAMED, message }]
}

export function rulesWarning(source: string, { toValueAdd, toNonValueAdd }: ChangedSides): Warning {
  const message =
    `The rules of source "${source}" are others than before, so everything was read again: ` +
    `${toValueAdd.toLocaleString('en')} activities became value added, ${toNonValueAdd.toLocaleString('en')} are it no longer.`
  return { code: WarningCode.RULES_CHANGED, message }
}

/** What a row means is worked out without the cache, so that it is done while others are stored. */

import type { ActivityRecord } from '../model/activity.ts'
import { jsonText } from '../model/exact-json.ts'
import type { Problem } from '../model/problem.ts'
import { sha256 } from '../model/sha256.ts'
import type { SourceRow } from '../model/source-row.ts'
import { usableKey } from './field-checks.ts'
import { normalKey } from './normal-key.ts'
import type { SourceAdapter } from './source-adapter.ts'
import { refusalUnread } from './unread-rows.ts'

/** A row's keys of its user, stereotype and project, as far as they can be such. */
export interface RowKeys {
  user: string | null
  stereotype: string | null
  project: string | null
}

/** A row in the words of the domain, or what is wrong with it, or why it is none. */
export interface TranslatedRow {
  record: ActivityRecord | null
  problems: readonly Problem[]
  isSkipped: boolean
  /** Null where it has no usable key of its own. */
  externalId: string | null
  keys: RowKeys
  /** ISO; null where it isn't known. */
  date: string | null
}

const NO_PROBLEMS: readonly Problem[] = []

const SKIPPED: TranslatedRow = {
  record: null,
  problems: NO_PROBLEMS,
  isSkipped: true,
  externalId: null,
  keys: { user: null, stereotype: null, project: null },
  date: null,
}

/**
 * Translates a row. Rows that have no keys of their own are known by their content: `known` is the key by which this one is known already;
 * else it is the next of those that hold the same.
 */
export type RowTranslator = (row: SourceRow, known?: string | null) => TranslatedRow

/** Translates the rows of a batch, a pull or a file, in their order; each by itself, but for those that have no keys of their own. */
export function rowTranslator(adapter: SourceAdapter): RowTranslator {
  const { keys } = adapter
  const normal = (key: string) => normalKey(key, adapter)
  const keyIn = (row: SourceRow, field: string) => keyOf(row, field, adapter)
  const projectIn = (row: SourceRow) => {
    const field = keys.project
    return field && row[field] !== undefined && row[field] !== null ? keyIn(row, field) : null
  }
  const ownKey = ownKeys(adapter)
  return (row, known) => {
    const translation = refusalUnread(row) ?? adapter.translate(row)
    if ('skipped' in translation) return SKIPPED
    if ('record' in translation) {
      const { record } = translation
      return {
        record,
        problems: NO_PROBLEMS,
        isSkipped: false,
        externalId: record.externalId === undefined ? ownKey(row, known) : normal(record.externalId),
        keys: {
          user: normal(record.userKey),
          stereotype: normal(record.stereotypeKey),
          project: record.projectKey ? normal(record.projectKey) : null,
        },
        date: record.date,
      }
    }
    return {
      record: null,
      problems: translation.problems,
      isSkipped: false,
      externalId: ownKey(row, known),
      keys: { user: keyIn(row, keys.user), stereotype: keyIn(row, keys.stereotype), project: projectIn(row) },
      date: translation.date ?? null,
    }
  }
}

/** Gives rows their own keys, as they are stored: the same to the same rows in the same order. Null where a row has no usable one. */
export function ownKeys(adapter: SourceAdapter): (row: SourceRow, known?: string | null) => string | null {
  const { id } = adapter.keys
  return typeof id === 'string' ? (row) => keyOf(row, id, adapter) : contentKeys(id)
}

/** What a column of a row says of whose it is, or of which kind; as such keys are stored. */
export function keyOf(row: SourceRow, field: string, adapter: SourceAdapter): string | null {
  const key = usableKey(row, field)
  return key === null ? null : normalKey(key, adapter)
}

/** Keys of rows by what they hold: a hash, and the number of those that held the same before. */
function contentKeys(columns: readonly string[]): (row: SourceRow, known?: string | null) => string {
  const counts = new Map<string, number>()
  return (row, known) => {
    if (known) return known
    const content = jsonText(columns.map((column) => row[column] ?? null))
    const hash = sha256(content).slice(0, HASH_DIGITS)
    const before = counts.get(hash) ?? 0
    counts.set(hash, before + 1)
    return before === 0 ? hash : `${hash}-${before + 1}`
  }
}

/** 128 bits. */
const HASH_DIGITS = 32

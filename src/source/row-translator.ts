/** What a row means is worked out without the cache, so that it is done while others are stored. */
import type { ActivityRecord } from '../model/activity.ts'
import type { Problem } from '../model/problem.ts'
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

/** A row in the words of the domain, or what is wrong with it. */
export interface TranslatedRow {
  record: ActivityRecord | null
  problems: readonly Problem[]
  /** Null where it has no usable key of its own. */
  externalId: string | null
  keys: RowKeys
}

const NO_PROBLEMS: readonly Problem[] = []

/** Translates rows of a source, each by itself. */
export function rowTranslator(adapter: SourceAdapter): (row: SourceRow) => TranslatedRow {
  const { keys } = adapter
  const normal = (key: string) => normalKey(key, adapter)
  const keyIn = (row: SourceRow, field: string) => {
    const key = usableKey(row, field)
    return key === null ? null : normal(key)
  }
  const projectIn = (row: SourceRow) => {
    const field = keys.project
    return field && row[field] !== undefined && row[field] !== null ? keyIn(row, field) : null
  }
  return (row) => {
    const translation = refusalUnread(row) ?? adapter.translate(row)
    if ('record' in translation) {
      const { record } = translation
      return {
        record,
        problems: NO_PROBLEMS,
        externalId: normal(record.externalId),
        keys: {
          user: normal(record.userKey),
          stereotype: normal(record.stereotypeKey),
          project: record.projectKey ? normal(record.projectKey) : null,
        },
      }
    }
    return {
      record: null,
      problems: translation.problems,
      externalId: keyIn(row, keys.id),
      keys: { user: keyIn(row, keys.user), stereotype: keyIn(row, keys.stereotype), project: projectIn(row) },
    }
  }
}

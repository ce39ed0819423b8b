import type { SourceRow } from '../../model/source-row.ts'
import { FieldChecks, plainText, translated } from '../field-checks.ts'
import type { SourceAdapter } from '../source-adapter.ts'
import { nameOr } from './mentioned.ts'

/** The kind of what doesn't say the type of its issue. */
const NO_TYPE = 'Worklog'

/**
 * Jira's worklogs, as its REST API gives them (`id`, `author`, `started`, `timeSpentSeconds`), as a JSON or NDJSON file; `issueKey` and
 * `issueType` may stand beside them. In CSV the columns inside of others are called by both names: `author.accountId`. A worklog counts on
 * the day on which it was started, as written there, also past midnight; one of more than 24 hours is quarantined. It doesn't say
 * what is billed; kinds are types of issues, or "Worklog"; the project is what the issue's key begins with.
 */
export const jiraWorklogs: SourceAdapter = {
  name: 'jira-worklogs',
  columns: ['id', 'started', 'timeSpentSeconds'],
  keys: { id: 'id', user: 'author.accountId', stereotype: 'issueType', project: 'issueKey' },

  translate(row) {
    const flat = flattened(row)
    const checks = new FieldChecks(flat)
    return translated(checks, {
      externalId: checks.key('id'),
      date: checks.writtenDay('started'),
      durationSeconds: checks.seconds('timeSpentSeconds'),
      userKey: checks.key('author.accountId'),
      stereotypeKey: checks.keyOrNone('issueType') ?? NO_TYPE,
      projectKey: checks.keyOrNone('project'),
    })
  },

  mentions(row) {
    const flat = flattened(row)
    return {
      users: nameOr(flat['author.accountId'], flat['author.displayName']),
      stereotypes: nameOr(flat.issueType ?? NO_TYPE),
      projects: nameOr(flat.project),
    }
  },
}

function flattened(row: SourceRow): SourceRow {
  const inside = (column: string, field: string) => {
    const value = row[column]
    return row[`${column}.${field}`] ?? (isRow(value) ? value[field] : undefined)
  }
  return {
    ...row,
    'author.accountId': inside('author', 'accountId') ?? inside('author', 'name') ?? textIn(row.author),
    'author.displayName': inside('author', 'displayName'),
    issueType: inside('issueType', 'name') ?? textIn(row.issueType),
    project: /^([A-Z][A-Z0-9_]*)-\d+$/.exec(plainText(row.issueKey))?.[1],
  }
}

function textIn(value: unknown): unknown {
  return isRow(value) ? undefined : value
}

function isRow(value: unknown): value is SourceRow {
  return typeof value === 'object' && value !== null
}

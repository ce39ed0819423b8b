import type { SourceAdapter } from '../source-adapter.ts'
import { clockifyCsv } from './clockify-csv.ts'
import { jiraWorklogs } from './jira-worklogs.ts'
import { kimai } from './kimai.ts'
import { odoo } from './odoo.ts'
import { openproject } from './openproject.ts'
import { redmine } from './redmine.ts'
import { solidtime } from './solidtime.ts'
import { timesheets } from './timesheets.ts'
import { togglCsv } from './toggl-csv.ts'

/** Every adapter. A new one is a file here and a line here. */
export const adapters: readonly SourceAdapter[] = [
  timesheets,
  redmine,
  kimai,
  solidtime,
  openproject,
  odoo,
  jiraWorklogs,
  togglCsv,
  clockifyCsv,
]

import { csvReport } from './csv-report.ts'

const WHAT = ['User', 'Email', 'Client', 'Project', 'Task', 'Description', 'Billable'] as const
const WHEN = ['Start date', 'Start time', 'End date', 'End time', 'Duration', 'Tags'] as const

/** Toggl Track's detailed report, its dates as ISO writes them. */
export const togglCsv = csvReport({
  name: 'toggl-csv',
  known: [...WHAT, ...WHEN],
  date: 'Start date',
  duration: 'Duration',
  dateOf: (checks, column) => checks.date(column),
})

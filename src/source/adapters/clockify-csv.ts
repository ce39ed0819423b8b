import { csvReport } from './csv-report.ts'

const WHAT = ['Project', 'Client', 'Description', 'Task', 'User', 'Email', 'Tags', 'Billable'] as const
const WHEN = ['Start Date', 'Start Time', 'End Date', 'End Time', 'Duration (h)', 'Duration (decimal)'] as const

/** Clockify's detailed report, its dates as month, day and year. */
export const clockifyCsv = csvReport({
  name: 'clockify-csv',
  known: [...WHAT, ...WHEN],
  date: 'Start Date',
  duration: 'Duration (h)',
  dateOf: (checks, column) => checks.americanDate(column),
})

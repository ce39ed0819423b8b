import { refusalsOf } from '../cache/quarantine-pages.ts'
import type { SourceSums } from '../cache/reprocessing.ts'
import { printable } from '../model/excerpts.ts'
import { previewReprocess, reprocess } from '../source/reprocess.ts'
import { type OutputOptions, Progress, print, timeIn } from './output.ts'
import { countLines, refusalLines, reportOf } from './reports.ts'
import { done } from './who.ts'
import { withService } from './with-service.ts'

interface ReprocessFlags extends OutputOptions {
  since?: string
  dryRun?: boolean
}

/** `reprocess <source>` */
export async function reprocessBatches(
  name: string,
  { since, dryRun = false, ...output }: ReprocessFlags,
): Promise<void> {
  const from = since === undefined ? null : timeIn('--since', since)
  await withService(async ({ acl }) => {
    const progress = new Progress(output)
    const options = { since: from, onProgress: progress.tell }
    if (dryRun) {
      const preview = await previewReprocess(acl, name, options).finally(() => progress.end())
      const { report, ...effect } = preview
      return print(output, { dryRun, ...reportOf(report), ...effect }, () => {
        const { activities, personDays, before, after } = effect
        const changed = `${activities.toLocaleString('en')} activities on ${personDays.toLocaleString('en')} days of people would change.`
        const title = `Source "${printable(name)}" would be reprocessed; nothing was changed.`
        return `${title}\n${countLines(report)}\n${changed}\n${sumLines(before, after)}`
      })
    }
    const take = () => reprocess(acl, name, options).finally(() => progress.end())
    const report = await done(acl.database, 'reprocess', { source: name, since: from }, take)
    const refusals = report.quarantined > 0 ? await refusalsOf(acl.database.sql, report.id) : []
    print(output, { dryRun, ...reportOf(report), refusals }, () => {
      return `Source "${printable(name)}" was reprocessed.\n${countLines(report)}${refusalLines(refusals)}`
    })
  })
}

function sumLines(before: SourceSums, after: SourceSums): string {
  const hours = (seconds: number) => `${(seconds / 3600).toLocaleString('en', { maximumFractionDigits: 1 })} h`
  const line = (what: string, from: number, to: number) => `${what}: ${hours(from)}, would be ${hours(to)}`
  return `${line('Value added', before.vaSeconds, after.vaSeconds)}\n${line('Not', before.nvaSeconds, after.nvaSeconds)}`
}

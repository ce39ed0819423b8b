import { refusalsOf } from '../cache/quarantine-pages.ts'
import { previewPull, syncSource } from '../source/sync-source.ts'
import { type OutputOptions, Progress, print } from './output.ts'
import { countLines, refusalLines, reportOf, warningLines } from './reports.ts'
import { done } from './who.ts'
import { withService } from './with-service.ts'

interface SyncFlags extends OutputOptions {
  full?: boolean
  moved?: boolean
  removeMost?: boolean
  dryRun?: boolean
}

/** `sync <source>` */
export async function sync(
  name: string,
  { dryRun = false, full, moved, removeMost, ...output }: SyncFlags,
): Promise<void> {
  await withService(async ({ acl }) => {
    const progress = new Progress(output)
    const options = {
      full: full ?? false,
      moved: moved ?? false,
      removeMost: removeMost ?? false,
      onProgress: progress.tell,
    }
    const pull = async () => {
      if (dryRun) return previewPull(acl, name, options)
      const details = { name, full, moved, removeMost }
      const report = await done(acl.database, 'syncSource', details, () => syncSource(acl, name, options))
      return { report, refusals: report.quarantined > 0 ? await refusalsOf(acl.database.sql, report.id) : [] }
    }
    const { report, refusals } = await pull().finally(() => progress.end())
    print(output, { dryRun, ...reportOf(report), refusals }, () => {
      const title = dryRun ? `Source "${name}" would be pulled; nothing was changed.` : `Source "${name}" was pulled.`
      return `${title}\n${countLines(report)}${refusalLines(refusals)}${warningLines(report.warnings)}`
    })
  })
}

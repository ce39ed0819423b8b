import { noCounts } from '../cache/ingest-batches.ts'
import { ingestFile } from '../source/ingest-file.ts'
import { addCounts } from '../source/tally.ts'
import { type OutputOptions, Progress, print } from './output.ts'
import { countLines, countsOf, reportOf } from './reports.ts'
import { withService } from './with-service.ts'

/** `ingest <file> --source <name>` */
export async function ingest(
  file: string,
  { source, key, ...output }: { source: string; key?: string } & OutputOptions,
): Promise<void> {
  await withService(async ({ acl }) => {
    const progress = new Progress(output)
    const options = { ...(key !== undefined && { idempotencyKey: key }), onProgress: progress.tell }
    const batches = await ingestFile(acl, source, file, options).finally(() => progress.end())
    const counts = batches.map(countsOf).reduce(addCounts, noCounts())
    print(output, { source, ...counts, batches: batches.map(reportOf) }, () => {
      const waiting =
        counts.quarantined > 0 ? `\nWhy rows were refused: steelthread quarantine summary --source ${source}` : ''
      return `${file} was sent in for source "${source}".\n${countLines(counts)}${waiting}`
    })
  })
}

import { noCounts } from '../cache/ingest-batches.ts'
import { printable } from '../model/excerpts.ts'
import { ingestFile } from '../source/ingest-file.ts'
import { addCounts } from '../source/tally.ts'
import { MisuseError, type OutputOptions, Progress, print } from './output.ts'
import { countLines, countsOf, reportOf } from './reports.ts'
import { done } from './who.ts'
import { withService } from './with-service.ts'

/** `ingest <file> --source <name>` */
export async function ingest(
  file: string,
  { source, key, ...output }: { source: string; key?: string } & OutputOptions,
): Promise<void> {
  if (key?.trim() === '') throw new MisuseError('--key must not be blank')
  await withService(async ({ acl }) => {
    const progress = new Progress(output)
    const options = { ...(key !== undefined && { idempotencyKey: key }), onProgress: progress.tell }
    const send = () => ingestFile(acl, source, file, options).finally(() => progress.end())
    const batches = await done(acl.database, 'ingestActivities', { source, idempotencyKey: key }, send)
    const counts = batches.map(countsOf).reduce(addCounts, noCounts())
    print(output, { source, ...counts, batches: batches.map(reportOf) }, () => {
      const waiting =
        counts.quarantined > 0
          ? `\nWhy rows were refused: steelthread quarantine summary --source ${printable(source)}`
          : ''
      return `${printable(file)} was sent in for source "${printable(source)}".\n${countLines(counts)}${waiting}`
    })
  })
}

import { SourcePullError } from '../../model/errors.ts'
import type { DatabaseName, PullPlan } from '../source-adapter.ts'
import { FileSnapshot, isFileUrl } from './files/file-snapshot.ts'
import { MysqlSnapshot } from './mysql/mysql-snapshot.ts'
import { PostgresSnapshot } from './postgres/postgres-snapshot.ts'
import type { SourceAt, SourceSnapshot } from './source-snapshot.ts'

type Open = (source: SourceAt, plan: PullPlan, signal: AbortSignal) => Promise<SourceSnapshot>

const DATABASES: Readonly<Record<DatabaseName, { protocols: readonly string[]; open: Open }>> = {
  postgres: { protocols: ['postgres:', 'postgresql:'], open: PostgresSnapshot.open },
  mysql: { protocols: ['mysql:', 'mariadb:'], open: MysqlSnapshot.open },
}

/**
 * Opens what a source's URL names: a database, or a file.
 * @param signal Cuts the connection, whatever it runs.
 * @throws SourcePullError where it can't be reached, or the adapter doesn't read what is there.
 */
export async function openSnapshot(source: SourceAt, signal: AbortSignal): Promise<SourceSnapshot> {
  if (isFileUrl(source.url)) return FileSnapshot.open(source, signal)
  const { name, url, adapter } = source
  const { protocol } = new URL(url)
  const names = Object.keys(DATABASES) as DatabaseName[]
  const database = names.find((each) => DATABASES[each].protocols.includes(protocol))
  const { pull: plan } = adapter
  if (database && plan?.databases.includes(database)) return DATABASES[database].open(source, plan, signal)
  const read = plan ? `${plan.databases.join(' and ')}, and files` : 'files only'
  throw new SourcePullError(
    `Source "${name}" is in ${protocol.slice(0, -1)}, and the adapter "${adapter.name}" reads ${read}. Nothing was pulled.`,
    { source: name },
  )
}

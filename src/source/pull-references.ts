import { isIsoDate } from '../model/calendar.ts'
import type { SourceRow } from '../model/source-row.ts'
import { type Warning, WarningCode } from '../model/warning.ts'
import type { PullingAcl } from './acl.ts'
import type { ReferenceKind, SourceSnapshot } from './drivers/source-snapshot.ts'
import { sprintFault, textFault } from './field-checks.ts'
import { normalKey } from './normal-key.ts'
import { saveReferences } from './references.ts'
import type { SourceAdapter } from './source-adapter.ts'
import type { Source } from './sources.ts'

/**
 * Pulls users, stereotypes, projects and sprints, whole, by the rules for those of the API. One that can't be used is left out
 * and warned of; activities that refer to it are quarantined. A name that can't be used gives way to the key.
 */
export async function pullReferences(
  acl: PullingAcl,
  { name: source, adapter }: Source,
  snapshot: SourceSnapshot,
): Promise<Warning[]> {
  const warnings: Warning[] = []
  const warn = (kind: string, what: string) =>
    warnings.push({ code: WarningCode.REFERENCE_UNUSABLE, message: `${kind} of source "${source}": ${what}` })
  const read = async (kind: ReferenceKind, shape: Shape) =>
    usable(adapter, await snapshot.references(kind), shape, (what) => warn(kind.slice(0, -1), what))

  const users = await read('users', { key: 'external_id' })
  const stereotypes = await read('stereotypes', { key: 'external_id', texts: ['code'] })
  const projects = await read('projects', { key: 'external_id' })
  const sprints = await read('sprints', { key: 'external_id', orKey: 'name', texts: ['name'], isDated: true })
  const nameOr = ({ name = '' }: Texts, otherwise: string, kind: string, key: string) => {
    const fault = name === '' ? undefined : textFault(name)
    if (fault) warn(kind, `the name of "${key}" ${fault}; "${otherwise}" stands for it`)
    return name === '' || fault ? otherwise : name
  }

  await saveReferences(acl, {
    users: users.map(([externalId, row]) => ({
      source,
      externalId,
      name: nameOr(row, externalId, 'user', externalId),
    })),
    stereotypes: stereotypes.map(([externalId, row]) => {
      const { code = '' } = row
      return { source, externalId, code, name: nameOr(row, code, 'stereotype', externalId) }
    }),
    projects: projects.map(([externalId, row]) => ({
      source,
      externalId,
      name: nameOr(row, externalId, 'project', externalId),
      client: clientOf(row),
    })),
    sprints: sprints.map(([externalId, { name = '', start_date: startDate = '', end_date: endDate = '' }]) => {
      return { source, externalId, name, startDate, endDate }
    }),
  })
  return warnings.length <= MOST_WARNINGS ? warnings : [...warnings.slice(0, MOST_WARNINGS), more(source, warnings)]
}

/** Null where the source says none, or none that can be shown. */
function clientOf({ client = '' }: Texts): string | null {
  return textFault(client) ? null : client
}

/** More of one kind tell nobody more. */
const MOST_WARNINGS = 50

function more(source: string, { length }: readonly Warning[]): Warning {
  const message = `source "${source}" has ${length - MOST_WARNINGS} more users, stereotypes, projects and sprints that can't be used as they are`
  return { code: WarningCode.REFERENCE_UNUSABLE, message }
}

type Texts = Record<string, string>

/** What a row must have. */
interface Shape {
  key: string
  /** What stands for the key where the statement doesn't give it. */
  orKey?: string
  texts?: readonly string[]
  isDated?: boolean
}

/** The rows as trimmed text by key, those with a key each, sound texts and dates in order. */
function usable(
  adapter: SourceAdapter,
  rows: readonly SourceRow[],
  shape: Shape,
  leaveOut: (what: string) => void,
): [key: string, row: Texts][] {
  const byKey = new Map<string, Texts>()
  for (const row of rows) {
    const clean = Object.fromEntries(Object.entries(row).map(([field, value]) => [field, String(value ?? '').trim()]))
    const keyField = shape.key in clean ? shape.key : (shape.orKey ?? shape.key)
    const key = normalKey(clean[keyField] ?? '', adapter)
    const fault = faultOf({ ...clean, [keyField]: key }, [keyField, ...(shape.texts ?? [])], shape.isDated)
    if (fault) leaveOut(`left out, as ${fault}: ${JSON.stringify(clean).slice(0, EXCERPT)}`)
    else if (byKey.has(key)) leaveOut(`left out, as there are two of "${key}"`)
    else byKey.set(key, clean)
  }
  return [...byKey]
}

const EXCERPT = 200

function faultOf(row: Texts, texts: readonly string[], isDated = false): string | undefined {
  for (const field of texts) {
    const fault = textFault(row[field] ?? '')
    if (fault) return `${field} ${fault}`
  }
  if (!isDated) return undefined
  const dates = [row.start_date ?? '', row.end_date ?? ''] as const
  if (!dates.every(isIsoDate)) return 'start_date and end_date must be dates'
  const fault = sprintFault(...dates)
  return fault && `it ${fault}`
}

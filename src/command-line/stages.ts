import { answerOf, ask } from './ask.ts'
import { MisuseError, type OutputOptions, print, table } from './output.ts'
import { done } from './who.ts'
import { withService } from './with-service.ts'

interface Version {
  version: number
  state: string
  isInCode: boolean
  stored: number
  /** Null where it isn't in code. */
  counts: { fresh: number; stale: number; missing: number } | null
}

interface Listed {
  name: string
  version: number
  versions: Version[]
}

/** `stages list` */
export async function list(output: OutputOptions): Promise<void> {
  const stages = await withService(async (service) => {
    const { stages } = await ask<{ stages: Listed[] }>(
      service,
      '{ stages { name version versions { version state isInCode stored counts { fresh stale missing } } } }',
    )
    return stages
  })
  print(output, stages, () => {
    const rows = stages.flatMap(({ name, versions }) =>
      versions.map(({ version, state, isInCode, stored, counts }) => {
        const shown = isInCode ? state.toLowerCase() : `${state.toLowerCase()}, not in code`
        return [name, version, shown, stored, counts?.fresh, counts?.stale, counts?.missing]
      }),
    )
    return table(['stage', 'version', 'state', 'stored', 'fresh', 'stale', 'missing'], rows)
  })
}

interface Compared {
  base: number
  candidate: number
  at: string
  equal: number
  different: number
  onlyInBase: number
  onlyInCandidate: number
  columns: { name: string; differing: number; baseSum: number | null; candidateSum: number | null }[]
}

/** `stages compare <stage> <candidate>` */
export async function compare(
  stage: string,
  candidate: string,
  { from, to, base, at, ...output }: { from: string; to: string; base?: string; at?: string } & OutputOptions,
): Promise<void> {
  const variables = {
    ...{ stage, from, to, at: at ?? null },
    candidate: numberOf(candidate, '<candidate>'),
    base: base === undefined ? null : numberOf(base, '--base'),
  }
  const found = await withService((service) => answerOf<{ compareVersions: Compared }>(service, COMPARE, variables))
  const { compareVersions: compared } = found.data
  print(output, { ...compared, receipt: found.extensions.receipt }, () => {
    const { equal, different, onlyInBase, onlyInCandidate } = compared
    const counts = [
      ['the same', equal],
      ['different', different],
      [`only in ${compared.base}`, onlyInBase],
      [`only in ${compared.candidate}`, onlyInCandidate],
    ] as const
    const of = compared.at === stage ? '' : `, as ${compared.at} follows from it`
    const columns = compared.columns.map(({ name, differing, baseSum, candidateSum }) => [
      name,
      differing,
      baseSum,
      candidateSum,
    ])
    return [
      `Version ${compared.candidate} of ${stage} beside version ${compared.base}${of}, ${from} to ${to}:`,
      ...counts.map(([what, count]) => `${count.toLocaleString('en').padStart(12)} ${what}`),
      '',
      table(['field', 'differs in', `sum by ${compared.base}`, `sum by ${compared.candidate}`], columns),
      `\n${(found.extensions.receipt?.recomputed ?? 0).toLocaleString('en')} person-periods were computed for it.`,
    ].join('\n')
  })
}

const COMPARE = `query ($stage: String!, $candidate: Int!, $base: Int, $at: String, $from: Date!, $to: Date!) {
  compareVersions(stage: $stage, candidate: $candidate, base: $base, at: $at, from: $from, to: $to) {
    base candidate at equal different onlyInBase onlyInCandidate columns { name differing baseSum candidateSum }
  }
}`

interface Planned {
  formerVersion: number | null
  numbersChange: 'CHANGE' | 'SAME' | 'UNKNOWN'
  toCompute: number
  changes: {
    stage: string
    formerVersion: number
    version: number
    from: string | null
    to: string | null
    personPeriods: number
    toCompute: number
    compared: number
    different: number
  }[]
}

interface PromoteOptions extends OutputOptions {
  by?: string
  reason?: string
  checked?: string[]
  dryRun?: boolean
}

/** `stages promote <stage> <version>` */
export async function promote(
  stage: string,
  version: string,
  { by, reason, checked, dryRun = false, ...output }: PromoteOptions,
): Promise<void> {
  const asked = { stage, version: numberOf(version, '<version>') }
  if (dryRun) return plan(asked, output)
  const { promoteStage } = await withService((service) =>
    ask<{ promoteStage: { formerVersion: number | null } }>(service, PROMOTE, {
      ...asked,
      by,
      reason,
      checklist: checked,
    }),
  )
  print(output, { ...asked, ...promoteStage }, () => {
    const before = promoteStage.formerVersion === null ? '' : `, in place of version ${promoteStage.formerVersion}`
    return `Version ${version} of ${stage} answers from now on${before}.`
  })
}

async function plan(asked: { stage: string; version: number }, output: OutputOptions): Promise<void> {
  const { planPromotion: planned } = await withService((service) =>
    ask<{ planPromotion: Planned }>(service, PLAN, asked),
  )
  print(output, { ...asked, ...planned }, () => {
    const rows = planned.changes.map(({ stage, formerVersion, version, from, to, ...counts }) => {
      const versions = formerVersion === version ? String(version) : `${formerVersion} → ${version}`
      const { personPeriods, toCompute, compared, different } = counts
      return [stage, versions, from, to, personPeriods, toCompute, compared, different]
    })
    const heads = ['stage', 'version', 'from', 'to', 'person-periods', 'to compute', 'compared', 'different']
    return `${table(heads, rows)}\n\n${CHANGES[planned.numbersChange]} Nothing was done.`
  })
}

const CHANGES = {
  CHANGE: 'Numbers that people read change.',
  SAME: 'No number changes.',
  UNKNOWN: 'Nobody knows yet whether numbers change: stages compare tells.',
}

const PROMOTE = `mutation ($stage: String!, $version: Int!, $by: String, $reason: String, $checklist: [String!]) {
  promoteStage(stage: $stage, version: $version, by: $by, reason: $reason, checklist: $checklist) { formerVersion promotedAt }
}`

const PLAN = `query ($stage: String!, $version: Int!) { planPromotion(stage: $stage, version: $version) {
  formerVersion numbersChange toCompute
  changes { stage formerVersion version from to personPeriods toCompute compared different }
} }`

/** `stages prune` */
export async function prune({ dryRun = false, ...output }: { dryRun?: boolean } & OutputOptions): Promise<void> {
  const progress = process.stderr.isTTY && !output.json
  const pruned = await withService(async ({ database, freshness, versions }) => {
    const tell = ({ slices }: { slices: number }) => {
      if (progress) process.stderr.write(`\r${slices.toLocaleString('en')} person-periods dropped`)
    }
    const retired = await versions.retired()
    const drop = () => freshness.prune(retired, { dryRun, tell })
    const dropped = dryRun ? await drop() : await done(database, 'pruneStages', {}, drop)
    if (progress && !dryRun && dropped.slices > 0) process.stderr.write('\n')
    return dropped
  })
  print(output, { ...pruned, dryRun }, () => {
    const [slices, annotations] = [pruned.slices, pruned.annotations].map((count) => count.toLocaleString('en'))
    const what = `${slices} person-periods with ${annotations} annotations of versions that are neither active nor candidates`
    return dryRun ? `${what} would be dropped. Nothing was.` : `${what} were dropped.`
  })
}

function numberOf(text: string, what: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new MisuseError(`${what} must be the number of a version, not ${JSON.stringify(text)}`)
  return Number(text)
}

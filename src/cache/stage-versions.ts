/** Which version of each stage answers, and how that came to be. */
import { v7 as uuidv7 } from 'uuid'
import type { Sql } from './database.ts'
import type { ActiveVersion, StagePromotion } from './entities/stage-version.ts'

/** The version of a stage that answers. */
type Active = Omit<ActiveVersion, 'offered'>

export function activeVersions(sql: Sql): Promise<Active[]> {
  // Its schema is said: over a connection of its own behind a pooler nobody says where tables are looked for.
  return sql('SELECT stage, version FROM public.stage_version ORDER BY stage')
}

/** What becomes of a version that is higher than all that were ever offered: it takes over, it is left to be promoted, or it isn't offered. */
export type OfferMode = 'auto' | 'manual' | 'never'

/** What a build says to be its own: it answers where nothing did, and else as the mode says. Returns those that took over from others. */
export async function offerVersions(sql: Sql, offers: readonly Active[], mode: OfferMode): Promise<StagePromotion[]> {
  const names = offers.map(({ stage }) => stage)
  const before = new Map((await sql<Active>(LOCK, [names])).map(({ stage, version }) => [stage, version]))
  const given = await sql<Active>(OFFER, [names, offers.map(({ version }) => version), mode])
  const promotions: StagePromotion[] = []
  for (const { stage, version } of given) {
    const formerVersion = before.get(stage) ?? version
    if (version === formerVersion) continue
    const note = { promotedBy: null, reason: 'A build with this version was started.', checklist: [] }
    promotions.push(await keepPromotion(sql, { stage, version, formerVersion, ...note }))
  }
  return promotions
}

/** Makes a version of a stage answer; null where it does already. */
export async function promoteVersion(
  sql: Sql,
  { stage, version, ...note }: Omit<StagePromotion, 'id' | 'formerVersion' | 'promotedAt'>,
): Promise<StagePromotion | null> {
  const [before] = await sql<Active>(LOCK, [[stage]])
  if (before?.version === version) return null
  await sql(CHOOSE, [stage, version])
  return keepPromotion(sql, { stage, version, formerVersion: before?.version ?? null, ...note })
}

async function keepPromotion(
  sql: Sql,
  { stage, version, formerVersion, promotedBy, reason, checklist }: Omit<StagePromotion, 'id' | 'promotedAt'>,
): Promise<StagePromotion> {
  const values = [uuidv7(), stage, version, formerVersion, promotedBy, reason, JSON.stringify(checklist)]
  const [promotion] = await sql<StagePromotion>(KEEP, values)
  if (!promotion) throw new Error('Broken invariant: a row that was inserted is returned.')
  return promotion
}

/** How many slices are stored of each version of a stage, whatever it read. */
export function storedVersions(sql: Sql, stage: string): Promise<{ version: number; slices: number }[]> {
  return sql(
    `SELECT version, count(slice.logic) AS slices
     FROM logic LEFT JOIN slice ON slice.logic = logic.logic AND input_sum IS NOT NULL
     WHERE stage = $1 GROUP BY version`,
    [stage],
  )
}

/** How versions of a stage came to answer, the latest first. */
export function promotionsOf(sql: Sql, stages: readonly string[], limit: number): Promise<StagePromotion[]> {
  return sql(
    `SELECT p.* FROM unnest($1::text[]) AS asked (stage)
     CROSS JOIN LATERAL (SELECT ${COLUMNS} FROM stage_promotion WHERE stage = asked.stage ORDER BY id DESC LIMIT $2) p`,
    [stages, limit],
  )
}

const COLUMNS = `id, stage, version, former_version AS "formerVersion", promoted_at AS "promotedAt",
  promoted_by AS "promotedBy", reason, checklist`

const LOCK = 'SELECT stage, version FROM stage_version WHERE stage = ANY ($1::text[]) ORDER BY stage FOR UPDATE'

const OFFER = `
INSERT INTO stage_version (stage, version, offered)
SELECT stage, version, version FROM unnest($1::text[], $2::integer[]) AS offer (stage, version) ORDER BY stage
ON CONFLICT (stage) DO UPDATE
  SET offered = CASE WHEN $3 = 'never' THEN stage_version.offered ELSE greatest(stage_version.offered, excluded.offered) END,
    version = CASE WHEN $3 = 'auto' AND excluded.offered > stage_version.offered THEN excluded.version ELSE stage_version.version END
RETURNING stage, version`

const CHOOSE = `
INSERT INTO stage_version (stage, version, offered) VALUES ($1, $2, $2)
ON CONFLICT (stage) DO UPDATE SET version = excluded.version`

const KEEP = `
INSERT INTO stage_promotion (id, stage, version, former_version, promoted_by, reason, checklist)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING ${COLUMNS}`

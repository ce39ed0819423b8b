/** A page passes through four steps: skeleton, hydration, rules, presentation; again, until it is fresh. */
import type { ActivityPageQuery } from '../../../cache/activity-pages.ts'
import type { Database } from '../../../cache/database.ts'
import type { Dispatcher } from '../../../dispatch/dispatcher.ts'
import type { Receipt } from '../../../model/receipt.ts'
import type { StageAsked } from '../../slices/stage-table.ts'
import type { AnnotationColumns } from '../annotation-columns.ts'
import { freshRead, type PartRead, type Reading } from '../fresh-read.ts'
import { standingOf } from '../rules.ts'
import { type Hydration, hydrate } from './hydration.ts'
import { type AnnotatedActivity, present } from './presentation.ts'
import { broughtBy, type Skeleton, skeletonOf } from './skeleton.ts'

/**
 * A page of activities, and one more without annotations where the list goes on; with their fresh annotations of some
 * stages. An activity that moves is seen where it was or where it is, with what belongs there.
 */
export async function readActivities(
  database: Database,
  dispatcher: Dispatcher,
  page: ActivityPageQuery,
  asked: readonly StageAsked[],
  receipt: Receipt | null,
  signal: AbortSignal | undefined,
): Promise<AnnotatedActivity[]> {
  const skeleton = skeletonOf(page, asked)
  if (!receipt) return (await readPage(database, skeleton)).value
  let seen: PageReading | undefined
  const read = async (isSettling: boolean) => {
    const again = isSettling && seen ? await readAgain(database, skeleton, seen) : undefined
    seen = again ?? (await readPage(database, skeleton))
    return seen
  }
  return freshRead(dispatcher, receipt, read, signal)
}

type PageReading = Reading<AnnotatedActivity[]>

async function readPage(database: Database, skeleton: Skeleton): Promise<PageReading> {
  const hydration = await hydrate(database, skeleton)
  return { ...present(skeleton, hydration), parts: partsOf(skeleton, hydration) }
}

/**
 * The page with the activities that were seen on it, so that those which others add don't make it another page each
 * time. Undefined where it isn't a page any more, as one of them was deleted or moved away.
 */
async function readAgain(
  database: Database,
  { page, asked }: Skeleton,
  seen: PageReading,
): Promise<PageReading | undefined> {
  const ids = seen.value.map(({ activity }) => activity.id)
  const again = await readPage(database, { page: { ...page, criteria: { ...page.criteria, ids } }, asked })
  const isSame = again.value.length === ids.length && again.value.every(({ activity }, i) => activity.id === ids[i])
  return isSame ? again : undefined
}

/** How the slices of the page's stages stood. */
function partsOf({ asked }: Skeleton, { columns }: Hydration): PartRead[] {
  return asked.map(({ stage }) => {
    const { name } = stage.definition
    const { fresh, stale, unusable } = standingOf(columns.get(name) as AnnotationColumns)
    return {
      stage: name,
      checked: fresh.length + stale.length,
      fresh,
      stale,
      unusable,
      windows: null,
      brings: broughtBy(stage),
    }
  })
}

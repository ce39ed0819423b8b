/** A page passes through four steps: skeleton, hydration, rules, presentation; again, until it is fresh. */
import type { AnnotationColumns } from '../annotation-columns.ts'
import type { Reads } from '../moment.ts'
import type { PartRead, Reading } from '../rounds.ts'
import { standingOf } from '../rules.ts'
import { type Hydration, hydrate } from './hydration.ts'
import { type AnnotatedActivity, present } from './presentation.ts'
import { broughtBy, type Skeleton } from './skeleton.ts'

/** How a page stood, with its fresh annotations of some stages. */
export type PageReading = Reading<AnnotatedActivity[]>

/**
 * A page of activities, and one more without annotations where the list goes on. An activity that moves is seen where it
 * was or where it is, with what belongs there.
 * @param seen What was read of it before, where it is to keep to that.
 */
export async function readActivities(
  reads: Reads,
  skeleton: Skeleton,
  seen: PageReading | undefined,
): Promise<PageReading> {
  const again = seen && (await readAgain(reads, skeleton, seen))
  return again ?? readPage(reads, skeleton)
}

export async function readPage(reads: Reads, skeleton: Skeleton): Promise<PageReading> {
  const hydration = await hydrate(reads, skeleton)
  return { ...present(skeleton, hydration), parts: partsOf(skeleton, hydration) }
}

/**
 * The page with the activities that were seen on it, so that those which others add don't make it another page each
 * time. Undefined where it isn't a page any more, as one of them was deleted or moved away.
 */
async function readAgain(reads: Reads, { page, asked }: Skeleton, seen: PageReading): Promise<PageReading | undefined> {
  const ids = seen.value.map(({ activity }) => activity.id)
  const again = await readPage(reads, { page: { ...page, criteria: { ...page.criteria, ids } }, asked })
  const isSame = again.value.length === ids.length && again.value.every(({ activity }, i) => activity.id === ids[i])
  return isSame ? again : undefined
}

/** How the slices of the page's stages stood. */
function partsOf({ asked }: Skeleton, { columns }: Hydration): PartRead[] {
  return asked.map(({ stage, how }) => {
    const { fresh, stale, unusable } = standingOf(columns.get(stage.logic) as AnnotationColumns)
    return {
      stage,
      checked: fresh.length + stale.length,
      fresh,
      stale,
      unusable,
      windows: null,
      ...(how && { how }),
      brings: broughtBy(stage),
    }
  })
}

/** What many days come to is held a portion at a time. */
import { firstDays, type Window } from '../../model/window.ts'

/**
 * Does `work` for the windows, portion by portion, of so many days at first: of more where there are slices of few of them.
 * @param work Returns how many slices there were.
 */
export async function inPortions(
  windows: readonly Window[],
  days: number,
  work: (portion: readonly Window[]) => Promise<number>,
): Promise<void> {
  let most = days
  for (let rest = windows; rest.length > 0; ) {
    const portion = firstDays(rest, (window) => window, most)
    const checked = await work(portion)
    if (checked < days / 2) most *= 2
    rest = rest.slice(portion.length)
  }
}

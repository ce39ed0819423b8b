import { ask, PULLS } from './api.js'
import { isFirstPull, pullsMark } from './pulls.js'

/** How often is looked at pulls: where the reader waits for one, and else, so that the ages on the page stay true. */
const WAITING_MS = 2_000
const USUAL_MS = 30_000

/**
 * Shows how the sources stand again and again, until a pull begins or ends for which the reader waits, as nothing is there
 * yet or not all; then it resolves.
 * @param show Told of the sources and of the service's time.
 */
export async function watchPulls(sources, isEmpty, show) {
  const mark = pullsMark(sources)
  let current = sources
  for (;;) {
    const isWaiting = isEmpty || current.some(isFirstPull)
    await new Promise((resolve) => setTimeout(resolve, isWaiting ? WAITING_MS : USUAL_MS))
    // A service that can't be reached just now may be so again.
    const answer = document.hidden ? null : await ask(PULLS).catch(() => null)
    if (!answer) continue
    if (isWaiting && pullsMark(answer.data.sources) !== mark) return
    current = answer.data.sources
    show(current, answer.now)
  }
}

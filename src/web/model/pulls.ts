/** How the pulls of sources stand, in words. Nothing here knows of the document. */
import { ago } from './calendar.ts'

export interface PullState {
  lastPull: string | null
  lastSuccess: string | null
  error: string | null
  pulling: boolean
}

/** Of one source: when it was last looked at, whether that is under way, and why it failed. `now` in milliseconds. */
export function pullSentence({ lastPull, lastSuccess, error, pulling }: PullState, now: number): string {
  const when = (iso: string | null) => (iso ? ago(iso, now) : 'just now')
  const good = lastSuccess ? `was read ${when(lastSuccess)}` : null
  const failed = error ? `The last pull that is over failed: ${error}` : null
  if (pulling) {
    const begun = `(begun ${when(lastPull)})`
    const being = good ? `${good}, and is being pulled now ${begun}` : `is being pulled for the first time ${begun}`
    return sentences(being, failed)
  }
  if (error) {
    const what = `could not be pulled ${when(lastPull)}: ${error}`
    return sentences(what, good ? `Before that it ${good}.` : 'Nothing was read completely before that.')
  }
  return sentences(good ?? 'was never pulled', null)
}

function sentences(first: string, second: string | null): string {
  const whole = /[.!?]$/.test(first) ? first : `${first}.`
  return second ? `${whole} ${second}` : whole
}

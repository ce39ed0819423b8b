/** How the pulls of sources stand, in words. Nothing here knows of the document. */

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** Of one source: when it was last looked at, whether that is under way, and why it failed. `now` in milliseconds. */
export function pullSentence({ lastPull, lastSuccess, error, pulling }, now) {
  const good = lastSuccess ? `was read ${ago(lastSuccess, now)}` : null
  const failed = error ? `The last pull that is over failed: ${error}` : null
  if (pulling) {
    const begun = `(begun ${ago(lastPull, now)})`
    const being = good ? `${good}, and is being pulled now ${begun}` : `is being pulled for the first time ${begun}`
    return sentences(being, failed)
  }
  if (error) {
    const what = `could not be pulled ${ago(lastPull, now)}: ${error}`
    return sentences(what, good ? `Before that it ${good}.` : 'Nothing was read completely before that.')
  }
  return sentences(good ?? 'was never pulled', null)
}

/** Whether what is there of a source is only what its first pull brought so far. */
export function isFirstPull({ pulling, lastSuccess }) {
  return pulling && !lastSuccess
}

/** What changes when a pull begins or ends. */
export function pullsMark(sources) {
  return JSON.stringify(sources.map(({ name, pulling, lastSuccess, error }) => [name, pulling, lastSuccess, error]))
}

/** `3 minutes ago`; by the service's clock, so never in the future. */
export function ago(iso, now) {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1_000)
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? []
  if (!unit) return 'less than a minute ago'
  const amount = Math.floor(seconds / size)
  return `${amount} ${unit}${amount === 1 ? '' : 's'} ago`
}

function sentences(first, second) {
  const whole = /[.!?]$/.test(first) ? first : `${first}.`
  return second ? `${whole} ${second}` : whole
}

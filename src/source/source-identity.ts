import type { SourceIdentity } from '../cache/entities/source-cursor.ts'
import type { KnownSource } from '../cache/source-places.ts'
import { SourceChangedError } from '../model/errors.ts'
import { type Warning, WarningCode } from '../model/warning.ts'
import type { SourceState } from './drivers/source-snapshot.ts'

/**
 * Refuses a database that isn't the one which was pulled before under this name, or that was made anew with older rows:
 * its rows would be mixed with those of the other, and what is older than the last place never be read. One that is said
 * to have moved is taken, unless its keys are compared in another way: they would name other activities.
 * @throws SourceChangedError that says what is different and what can be done.
 */
export function checkIdentity(source: string, known: KnownSource, state: SourceState, moved: boolean): void {
  const { identity } = known
  if (!identity) return // Of a cache of an earlier version nobody knows which database it was.
  const differences = differencesOf(identity, state.identity)
  if (isMadeAnew(known, state) && isBehind(known, state)) {
    differences.push(
      `it was made anew, and its newest row is of ${state.newest ?? 'no time at all'} though ${known.place} was pulled before`,
    )
  }
  const areKeysOthers = identity.keys !== state.identity.keys
  if (differences.length === 0 || (moved && !areKeysOthers)) return
  const same = `Is it the same system in another place, syncSource(name: "${source}", moved: true) takes it over. `
  throw new SourceChangedError(
    `Source "${source}" is another than the one pulled before: ${differences.join('; ')}. Nothing was pulled. ` +
      `${areKeysOthers ? '' : same}Else give it a name of its own, or remove what came from the old one by ` +
      `removeSource(name: "${source}").`,
    { source, before: identity, now: state.identity },
  )
}

/** Whether the database or its table was made since the last pull, under the same name. */
export function isMadeAnew({ identity }: KnownSource, state: SourceState): boolean {
  return identity?.made !== state.identity.made
}

/** Rows of a source that is the same may still have gone: an incremental pull doesn't see that. */
export function newestWarning(source: string, known: KnownSource, state: SourceState): Warning[] {
  if (!isBehind(known, state)) return []
  const message =
    `The newest row of source "${source}" is of ${state.newest ?? 'no time at all'}, though ${known.place} was pulled before: ` +
    `rows were deleted, or an older state was restored. syncSource(name: "${source}", full: true) reads everything again.`
  return [{ code: WarningCode.NEWEST_GONE, message }]
}

export function aheadWarning(source: string, count: number): Warning[] {
  if (count === 0) return []
  const message =
    `${count === 1 ? `1 row of source "${source}" is` : `${count} rows of source "${source}" are`} stamped with a time of change that hasn't come yet. ` +
    'Until it has, every pull reads what is stamped so again.'
  return [{ code: WarningCode.FUTURE_CHANGE, message }]
}

function isBehind({ place }: KnownSource, { newest, now }: SourceState): boolean {
  // A place that hasn't come yet was taken while the source's clock was ahead.
  if (place === null || isAfter(place, now)) return false
  return newest === null || isAfter(place, newest)
}

/** Whether a moment, as Postgres writes it, comes after another; to the millisecond. */
export function isAfter(moment: string | null, other: string): boolean {
  return moment !== null && Date.parse(moment) > Date.parse(other)
}

function differencesOf(before: SourceIdentity, now: SourceIdentity): string[] {
  const words = {
    system: 'the server',
    database: 'the database',
    adapter: 'the adapter',
    keys: 'the way keys are compared',
    table: 'the table',
  } as const
  return (Object.keys(words) as (keyof typeof words)[]).flatMap((part) => {
    const [old, current] = [before[part], now[part]]
    const isKnown = old !== null && current !== null
    return isKnown && old !== current ? [`${words[part]} was ${old} and is ${current}`] : []
  })
}

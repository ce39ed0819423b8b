import { type Window, windowKey } from '../model/window.ts'

/**
 * What was found for each of the slices, which has exactly one, in the slices' order; found by key, never by position.
 * @throws Error, as an invariant is broken, where something was found for another slice, twice, or not at all.
 */
export function bySlice<S extends Window, T extends Window>(slices: readonly S[], found: readonly T[]): [S, T][] {
  const byKey = new Map(found.map((each) => [windowKey(each), each]))
  if (found.length !== slices.length || byKey.size !== found.length) {
    throw new Error(`Broken invariant: of ${slices.length} slices ${byKey.size} were found, in ${found.length} rows.`)
  }
  return slices.map((slice) => {
    const own = byKey.get(windowKey(slice))
    if (!own) throw new Error(`Broken invariant: nothing was found for the slice ${windowKey(slice)}.`)
    return [slice, own]
  })
}

/** No row is dropped: what is found of a slice is joined to it by its key, never by its place in a list. */
import { type Window, windowKey } from '../../model/window.ts'

/** What is known of a slice. */
export interface OfSlice {
  slice: Window
}

/**
 * Each of the slices with what was found for it, which is exactly one, in the order of the slices.
 * @throws Error, as an invariant is broken, where something was found for another slice, twice, or not at all.
 */
export function bySlice<S extends OfSlice, T extends Window>(slices: readonly S[], found: readonly T[]): [S, T][] {
  const byKey = new Map(found.map((each) => [windowKey(each), each]))
  if (found.length !== slices.length || byKey.size !== found.length) {
    throw new Error(`Broken invariant: of ${slices.length} slices ${byKey.size} were found, in ${found.length} rows.`)
  }
  return slices.map((each) => {
    const own = byKey.get(windowKey(each.slice))
    if (!own) throw new Error(`Broken invariant: nothing was found for the slice ${windowKey(each.slice)}.`)
    return [each, own]
  })
}

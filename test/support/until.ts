/** Resolves once it is so, which must be within half a minute. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await isSo()); ) {
    if (performance.now() > end) throw new Error('What was waited for did not come.')
    await new Promise(setImmediate)
  }
}

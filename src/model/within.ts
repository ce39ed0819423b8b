/** What the promise gives, or `late` where it takes longer than so many milliseconds. */
export function within<T>(ms: number, promise: Promise<T>, late: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const given = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, ms, late)
  })
  return Promise.race([promise, given]).finally(() => clearTimeout(timer))
}

/** Pages that the service gives by cursors, as one parameter: `after.…` or `before.…`. */

export type PageArgs = { first: number; after?: string } | { last: number; before: string }

/** Of so many; the first page where the text says none. */
export function pageArgs(text: string | null, size: number): PageArgs {
  const [, side, cursor] = /^(after|before)\.(.+)$/s.exec(text ?? '') ?? []
  if (!cursor) return { first: size }
  return side === 'after' ? { first: size, after: cursor } : { last: size, before: cursor }
}

export interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}

/** What the parameter becomes for the pages beside one; undefined where there is none, null for the first. */
export function pagesBeside({ hasNextPage, hasPreviousPage, startCursor, endCursor }: PageInfo): {
  before: string | null | undefined
  after: string | undefined
} {
  return {
    // A page without any has no place: from there only the first can be found again.
    before: hasPreviousPage ? (startCursor === null ? null : `before.${startCursor}`) : undefined,
    after: hasNextPage && endCursor !== null ? `after.${endCursor}` : undefined,
  }
}

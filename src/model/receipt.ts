/** What a refresh did, counted in person-periods. */
export interface Receipt {
  /** Whose freshness was asked. */
  checked: number
  /** For which a stage ran. */
  recomputed: number
  /** Those of `recomputed` that came out equal to what was stored. */
  unchanged: number
  /** Found up to date again without running the stage, because nothing that it reads had changed. */
  verified: number
}

export function emptyReceipt(): Receipt {
  return { checked: 0, recomputed: 0, unchanged: 0, verified: 0 }
}

/** Adds `part` to `total`, in place. */
export function addReceipt(total: Receipt, part: Receipt): void {
  total.checked += part.checked
  total.recomputed += part.recomputed
  total.unchanged += part.unchanged
  total.verified += part.verified
}

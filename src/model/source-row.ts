/** A row as its source has it, any shape. */
export type SourceRow = Record<string, unknown>

/** Stands for a JSON object in type declarations; the values are plain objects. */
export class JsonObject {}

/** A row as its source has it, any shape. */
export type SourceRow = Record<string, unknown>

/** The part of a logger that the embedded Postgres tells what happens. */
export interface Log {
  info(o: object, m: string): void
  warn(o: object, m: string): void
}

export const NO_LOG: Log = { info: () => {}, warn: () => {} }

/** The only reader of the environment. Empty variables count as not set. */
export function readEnv(): Readonly<Record<string, string>> {
  const set = Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return Object.freeze(Object.fromEntries(set))
}

/** `DATABASE_URL` as it is, for TypeORM's CLI, which needs nothing else. */
export function databaseUrl(): string | undefined {
  return readEnv().DATABASE_URL
}

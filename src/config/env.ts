import { readFileSync } from 'node:fs'
import { ConfigError } from '../model/errors.ts'

/** The only reader of the environment. Empty variables count as not set. */
export function readEnv(): Readonly<Record<string, string>> {
  const set = Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return Object.freeze(Object.fromEntries(set))
}

/** `DATABASE_URL` as it is, for TypeORM's CLI, which needs nothing else. */
export function databaseUrl(): string | undefined {
  return readEnv().DATABASE_URL
}

/** Where sources may be described; it need not be there unless a variable names it. */
const SOURCES_FILE = 'sources.yaml'

/**
 * The file of sources that there is.
 * @throws ConfigError where `SOURCES_FILE` names one that can't be read.
 */
export function readSourcesFile(env: Readonly<Record<string, string>>): { name: string; text: string } | undefined {
  const name = env.SOURCES_FILE ?? SOURCES_FILE
  try {
    return { name, text: readFileSync(name, 'utf8') }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' && !env.SOURCES_FILE) return undefined
    throw new ConfigError(`SOURCES_FILE can't be read: ${message}`)
  }
}

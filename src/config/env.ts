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
  return named('SOURCES_FILE', name, !env.SOURCES_FILE)
}

/** The file of documents that `TRUSTED_DOCUMENTS` names. @throws ConfigError where it can't be read. */
export function readTrustedDocuments(
  env: Readonly<Record<string, string>>,
): { name: string; text: string } | undefined {
  return env.TRUSTED_DOCUMENTS ? named('TRUSTED_DOCUMENTS', env.TRUSTED_DOCUMENTS, false) : undefined
}

function named(variable: string, name: string, mayLack: boolean): { name: string; text: string } | undefined {
  try {
    return { name, text: readFileSync(name, 'utf8') }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' && mayLack) return undefined
    throw new ConfigError(`${variable} can't be read: ${message}`)
  }
}

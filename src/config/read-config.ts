import { type Config, configOf } from './config.ts'
import { readEnv, readSourcesFile, readTrustedDocuments } from './env.ts'

/** The configuration of this process. @throws ConfigError that names everything that is wrong. */
export function readConfig(): Config {
  const env = readEnv()
  return configOf(env, readSourcesFile(env), readTrustedDocuments(env))
}

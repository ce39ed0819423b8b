import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

const USAGE = `Usage: npm start                 the service: the page, GraphQL and the probes
       npm start -- --help      this text
       npm start -- --version   its version

It takes no other words. It is configured by the environment: HOST, PORT, DATABASE_URL, SOURCE_<NAME>_URL and more,
see "Configuration" in README.md.
`

/** What is to be said instead of starting, and the process's exit code with it. */
export interface Answer {
  text: string
  exitCode: 0 | 2
}

/** What the words after the command ask for; undefined where the service is to be started. */
export function answerTo(words: readonly string[]): Answer | undefined {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
    })
    if (values.help) return { text: USAGE, exitCode: 0 }
    return values.version ? { text: `${version()}\n`, exitCode: 0 } : undefined
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. ', 1)[0] : String(error)
    return { text: `steelthread: ${message}\n\n${USAGE}`, exitCode: 2 }
  }
}

/** Out of the package's own file, which is above the sources and above what they are built into. */
function version(): string {
  const files = ['../package.json', '../../package.json'].map((path) => new URL(path, import.meta.url))
  const file = files.find((each) => existsSync(each))
  return file ? JSON.parse(readFileSync(file, 'utf8')).version : 'unknown'
}

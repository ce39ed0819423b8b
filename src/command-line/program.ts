/** The commands, and what each takes. What they do is loaded when they are run: the shell asks for completions at every TAB. */
import { existsSync, readFileSync } from 'node:fs'
import type { ArgumentHandler } from '@bomb.sh/tab'
import tab from '@bomb.sh/tab/commander'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { readConfig } from '../config/read-config.ts'
import { printable } from '../model/excerpts.ts'
import { ProblemCode } from '../model/problem.ts'
import { MisuseError, printError } from './output.ts'

/** Exit codes: 0 done, 1 failed, 2 not understood. */
const MISUSED = 2

/** Each has a connection to the cache while it is computed; a process has ten. */
const MOST_CONCURRENT = 8

const HELP_HINT = '(steelthread --help says how it is used)'

/** Runs the command that these words ask for; none: `serve`. Sets the process's exit code. */
export async function runCommand(words: readonly string[]): Promise<void> {
  const json = words.includes('--json')
  try {
    await programOf(json).parseAsync(words.length > 0 ? words : ['serve'], { from: 'user' })
  } catch (error) {
    const isMisuse = error instanceof CommanderError || error instanceof MisuseError
    if (error instanceof CommanderError && error.exitCode === 0) return
    process.exitCode = isMisuse ? MISUSED : 1
    if (!(error instanceof CommanderError)) printError(error, { json })
    else if (json) printError(new MisuseError(error.message.replace(/^error: /, '')), { json })
  }
}

function programOf(json: boolean): Command {
  const program = new Command('steelthread')
    .description("Finds where a team's time is wasted, and keeps that up to date.")
    .version(version(), '-v, --version', 'say the version')
    .option('--json', 'print JSON, for other programs; errors go to stderr as JSON, too')
    .helpOption('-h, --help', 'say how it is used')
    .helpCommand('help [command]', 'say how a command is used')
    .addHelpText(
      'after',
      '\nWithout a command it serves. It is configured by the environment and by sources.yaml: see README.md.',
    )
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        if (!json) write(`${printable(text.trim().replace(/^error: /, 'steelthread: '))}\n${HELP_HINT}\n`)
      },
    })

  program
    .command('serve')
    .description('serve the API and the page, and pull sources by schedule')
    .option(
      '--stages <names>',
      'with a broker: stages that it runs itself, with commas between them, or all',
      stageNames,
    )
    .action(async (options) => (await import('../serve.ts')).serve(options))

  program
    .command('work')
    .description('run stages for processes that serve, which ask over the broker')
    .option('--stages <names>', 'which, with commas between them', stageNames, 'all')
    .option(
      '--concurrency <n>',
      `how many batches of slices it computes at once, 1 to ${MOST_CONCURRENT}`,
      concurrency,
      3,
    )
    .action(async (options) => (await import('../work.ts')).work(options))

  program
    .command('migrate')
    .description('bring the tables of the cache up to this build, and nothing else; serve does it, too, at its start')
    .action(running(async () => (await import('./migrate.ts')).migrateCache))

  program
    .command('sync')
    .description('pull a source: what changed since the last pull')
    .argument('<source>', 'its name')
    .option('--full', 'everything, and what it no longer has goes')
    .option('--moved', 'take another database over as the same source')
    .option('--remove-most', 'with --full: also where more than half of it would go')
    .option('--dry-run', 'say what would come of it, and change nothing')
    .action(running(async () => (await import('./sync.ts')).sync))

  program
    .command('ingest')
    .description('send in the rows of a file: .csv, .tsv, .ndjson, .jsonl or .json')
    .argument('<file>', 'its path')
    .requiredOption('--source <name>', 'in whose shape its rows are')
    .option('--key <key>', 'idempotency key: the same file under the same key is taken once')
    .action(running(async () => (await import('./ingest.ts')).ingest))

  program
    .command('reprocess')
    .description('take the kept batches of a source again, by its adapter and rules of now')
    .argument('<source>', 'its name')
    .option('--since <time>', 'only what came then or later: 2026-03-02, or with a time')
    .option('--dry-run', 'say what would come of it, and change nothing')
    .action(running(async () => (await import('./reprocess.ts')).reprocessBatches))

  addQuarantine(program)
  addSources(program)
  addStages(program)
  addKeys(program)

  program
    .command('doctor')
    .description('name what is missing or wrong in the set-up, and what to do')
    .action(running(async () => (await import('./doctor.ts')).doctor))

  withCompletion(program)
  return program
}

function stageNames(text: string): readonly string[] | 'all' {
  return text === 'all' ? text : text.split(',').map((name) => name.trim())
}

function concurrency(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST_CONCURRENT) return count
  throw new InvalidArgumentError(`must be a whole number from 1 to ${MOST_CONCURRENT}`)
}

function addQuarantine(program: Command): void {
  const quarantine = program.command('quarantine').description('rows that were refused')
  const code = () => new Option('--code <code>', 'only rows with this problem').choices(Object.values(ProblemCode))
  const selecting = (command: Command) =>
    command
      .requiredOption('--source <name>', 'of which source')
      .addOption(code())
      .option('--field <column>', "only rows with a problem in this column of the source's")
      .option('--batch <id>', 'only rows that this batch refused last')
      .option('--since <time>', 'only rows first seen then or later: 2026-03-02, or with a time')

  quarantine
    .command('list')
    .description('what waits, what was first seen longest ago first')
    .option('--source <name>', 'only of this source')
    .addOption(code())
    .option('--limit <rows>', 'how many rows at most, 1 to 1000', '20')
    .action(running(async () => (await import('./quarantine.ts')).list))
  quarantine
    .command('summary')
    .description('what is wrong with how many rows, by source, code and column')
    .option('--source <name>', 'only of this source')
    .action(running(async () => (await import('./quarantine.ts')).summary))
  selecting(quarantine.command('replay'))
    .description('send rows through the ACL again')
    .option('--dry-run', 'say what would come of it, and change nothing')
    .action(running(async () => (await import('./quarantine.ts')).replay))
  selecting(quarantine.command('discard'))
    .description('mark rows as not wanted')
    .requiredOption('--reason <text>', 'why they are not')
    .action(running(async () => (await import('./quarantine.ts')).discard))
}

function addSources(program: Command): void {
  const sources = program.command('sources').description('external databases and files that are pulled')
  sources
    .command('list')
    .description('what is configured, and how its pulls stand')
    .action(running(async () => (await import('./sources.ts')).list))
  sources
    .command('check')
    .description('connect, compare its columns, and show its first rows before and after translation')
    .argument('<source>', 'its name')
    .action(running(async () => (await import('./sources.ts')).check))
  sources
    .command('remove')
    .description('remove a source with everything that came from it')
    .argument('<source>', 'its name')
    .option('--yes', 'do it: without this it only says what it would be')
    .action(running(async () => (await import('./sources.ts')).remove))
}

function addStages(program: Command): void {
  const stages = program
    .command('stages')
    .description('versions of stages: what answers, what is tried out, what is left over')
  stages
    .command('list')
    .description('versions, their states, and how much is stored of them')
    .action(running(async () => (await import('./stages.ts')).list))
  stages
    .command('compare')
    .description('what a version makes of a time, beside the active one')
    .argument('<stage>', 'its name')
    .argument('<candidate>', 'the version that is compared')
    .requiredOption('--from <day>', 'the first day: 2026-03-02')
    .requiredOption('--to <day>', 'the last day, included')
    .option('--base <version>', 'what it is compared with; the active version, unless told')
    .option('--at <stage>', 'compare the annotations of a stage that reads it')
    .action(running(async () => (await import('./stages.ts')).compare))
  stages
    .command('promote')
    .description('have a version answer, in all processes')
    .argument('<stage>', 'its name')
    .argument('<version>', 'its number')
    .option('--by <name>', 'who does it')
    .option('--reason <text>', 'why')
    .option('--checked <text...>', 'what was looked at before')
    .option('--dry-run', 'say what would change, and what computing it would cost')
    .action(running(async () => (await import('./stages.ts')).promote))
  stages
    .command('prune')
    .description('drop what versions made that are neither active nor candidates')
    .option('--dry-run', 'say how much that is, and drop nothing')
    .action(running(async () => (await import('./stages.ts')).prune))
}

function addKeys(program: Command): void {
  const keys = program.command('keys').description('keys by which it is known who asks, where the service asks that')
  const several = (value: string, before: string[] = []) => [...before, value]
  keys
    .command('create')
    .description('make a key, and show its secret this once')
    .requiredOption('--role <role>', 'what it allows: viewer, ingester, operator or admin')
    .requiredOption('--name <name>', 'whose it is, and what for')
    .option('--expires <time>', 'until when: 90d, 2027-03-02, or never', '90d')
    .option('--team <name>', 'limit a viewer to the people of this team; may be said again', several)
    .option('--user <name>', 'limit a viewer to this user, by name, id or source:key; may be said again', several)
    .option('--source <name>', 'limit an ingester to this source; may be said again', several)
    .action(running(async () => (await import('./keys.ts')).create))
  keys
    .command('list')
    .description('every key, its limits, and when it was used last')
    .action(running(async () => (await import('./keys.ts')).list))
  keys
    .command('revoke')
    .description('a key is nobody’s from now on')
    .argument('<id>', 'its id, as keys list shows it')
    .action(running(async () => (await import('./keys.ts')).revokeById))
}

/** What a command is given: its arguments, and then its options with those of the whole program. */
// biome-ignore lint/suspicious/noExplicitAny: commander gives each action its own arguments.
function running(load: () => Promise<(...given: any[]) => Promise<void>>) {
  return async (...args: unknown[]): Promise<void> => {
    const run = await load()
    await run(...args.slice(0, -2), (args.at(-1) as Command).optsWithGlobals())
  }
}

/** `completion bash` and `completion zsh` print what makes the shell complete commands, options and names of sources. */
function withCompletion(program: Command): void {
  const { commands } = tab(program, { completionCommandName: 'completion' })
  const names: ArgumentHandler = (complete) => {
    for (const { name, adapter } of configuredSources()) complete(name, adapter)
  }
  for (const command of commands.values()) {
    const argument = command.arguments.get('source')
    if (argument) argument.handler = names
    const option = command.options.get('source')
    if (option) option.handler = names as never
  }
}

function configuredSources() {
  try {
    return readConfig().sources
  } catch {
    return []
  }
}

/** Out of the package's own file, which is above the sources and above what they are built into. */
function version(): string {
  const files = ['../../package.json', '../../../package.json'].map((path) => new URL(path, import.meta.url))
  const file = files.find((each) => existsSync(each))
  return file ? JSON.parse(readFileSync(file, 'utf8')).version : 'unknown'
}

import { runCommand } from './command-line/program.ts'

await runCommand(process.argv.slice(2))

import { runCommand } from './command-line/program.ts'

// Whoever reads no further has what he wants.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)

await runCommand(process.argv.slice(2))

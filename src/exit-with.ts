import { printable } from './model/excerpts.ts'

/** Ends the process over an error: one line that says what is wrong, and more only where that is asked for. */
export function exitWith(error: unknown): never {
  const message = error instanceof Error ? hintFor(error) : String(error)
  console.error(`steelthread: ${printable(message)}`)
  process.exit(1)
}

/** What an error says, and what to do where that is known. */
export function hintFor(error: Error & { code?: unknown; address?: unknown; port?: unknown }): string {
  if (error.code === 'EADDRINUSE')
    return `PORT: ${error.port} is taken on ${error.address}; set PORT to another one, or 0 for any.`
  if (error.code === 'EACCES') return `PORT: this user may not listen on ${error.port}; set PORT to one above 1023.`
  if (error.code === 'ENOTFOUND' || error.code === 'EADDRNOTAVAIL')
    return `HOST: there is no such address here (${error.message}).`
  return error.message
}

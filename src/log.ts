import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'

/** The service's log: JSON lines, or lines for people where a terminal reads them. */
export function serviceLog(level: string): FastifyBaseLogger {
  const options = { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime }
  if (!process.stdout.isTTY) return pino(options)
  return pino({ ...options, transport: { target: 'pino-pretty', options: { translateTime: 'SYS:HH:MM:ss' } } })
}

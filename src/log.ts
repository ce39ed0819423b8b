import type { FastifyBaseLogger } from 'fastify'
import { pino } from 'pino'
import { logOptions } from './sight/log-options.ts'

/** The service's log: JSON lines, or lines for people where a terminal reads them. */
export function serviceLog(level: string): FastifyBaseLogger {
  const options = logOptions(level)
  if (!process.stdout.isTTY) return pino(options)
  return pino({ ...options, transport: { target: 'pino-pretty', options: { translateTime: 'SYS:HH:MM:ss' } } })
}

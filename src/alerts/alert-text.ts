/** What people read of an alert, in the form that Slack and Mattermost show. */
import type { AlertKey, RefusingBatch } from '../cache/alerts.ts'
import { AlertKind } from '../cache/entities/alert.ts'
import type { Refusal } from '../cache/quarantine-pages.ts'
import { cut, withoutMarkup } from '../model/excerpts.ts'

/** A message of an incoming webhook. */
export interface WebhookMessage {
  text: string
  attachments?: { fallback: string; color: string; fields: { title: string; value: string; short: boolean }[] }[]
}

const WRONG = '#b3261e'
const OVER = '#2e7d32'
const MOST_CODES = 10
const LONGEST_TEXT = 1_000

/** One message for a batch: what it refused that nobody knew of, by code, with the first of each. */
export function rowsRefused(batch: RefusingBatch, refusals: readonly Refusal[]): WebhookMessage {
  const { id, source, quarantined, newlyQuarantined: news } = batch
  const rows = news === 1 ? 'One row was' : `${news.toLocaleString('en')} rows were`
  const known = quarantined > news ? `, beside ${(quarantined - news).toLocaleString('en')} that were known` : ''
  const fields = refusals.slice(0, MOST_CODES).map(({ code, count, message, rowIndex, externalId }) => ({
    title: `${code}: ${count.toLocaleString('en')}`,
    value: `First: ${message} (row ${rowIndex}${externalId === null ? '' : `, id ${externalId}`})`,
  }))
  const more = refusals.length - MOST_CODES
  if (more > 0) fields.push({ title: 'And', value: `${more} more codes` })
  return wrong(`${named(source)}: ${rows} refused and put in quarantine${known} (batch ${id}).`, fields)
}

export function pullFailed(source: string, error: string, lastSuccess: Date | null): WebhookMessage {
  return wrong(`${named(source)} could not be pulled.`, [
    { title: 'Why', value: error },
    { title: 'Last pulled well', value: lastSuccess?.toISOString() ?? 'never' },
  ])
}

export function sourceSilent(source: string, seenSecondsAgo: number): WebhookMessage {
  return wrong(
    `${named(source)} was last seen ${spoken(seenSecondsAgo)} ago: nothing was pulled well or sent since.`,
    [],
  )
}

/** That it is over. */
export function resolved({ source, kind }: AlertKey): WebhookMessage {
  return message(`Resolved: ${named(source)} ${WHY_OVER[kind]}.`, OVER, [])
}

const WHY_OVER: Readonly<Record<AlertKind, string>> = {
  [AlertKind.ROWS_REFUSED]: 'has no row in quarantine any more',
  [AlertKind.PULL_FAILED]: 'is no longer failing to be pulled',
  [AlertKind.SOURCE_SILENT]: 'is seen again',
}

function wrong(text: string, fields: readonly { title: string; value: string }[]): WebhookMessage {
  return message(text, WRONG, fields)
}

function message(text: string, color: string, fields: readonly { title: string; value: string }[]): WebhookMessage {
  const shown = fields.map(({ title, value }) => ({ title: plain(title), value: plain(value), short: false }))
  return { text: plain(text), attachments: [{ fallback: plain(text), color, fields: shown }] }
}

/** Whatever a source holds is only text: it mentions nobody, and links to nothing. */
function plain(text: string): string {
  return withoutMarkup(cut(text, LONGEST_TEXT))
}

function named(source: string): string {
  return `Source "${source}"`
}

function spoken(seconds: number): string {
  const hours = Math.floor(seconds / 3_600)
  if (hours < 1) return `${Math.floor(seconds / 60)} min`
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}

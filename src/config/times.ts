const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

export type TimeName = 'OVERLAP' | 'EVERY' | 'TIMEOUT' | 'SWEEP'

/** The times that a source may be given, and what each is called in its setting. */
export const sourceTimes: Readonly<
  Record<TimeName, { setting: keyof SourceTimes; least: string; most: string; off?: string }>
> = {
  OVERLAP: { setting: 'overlapSeconds', least: '0s', most: '30d' },
  EVERY: { setting: 'everySeconds', least: '1s', most: '7d', off: 'off' },
  TIMEOUT: { setting: 'timeoutSeconds', least: '1s', most: '1d' },
  SWEEP: { setting: 'sweepSeconds', least: '1m', most: '365d', off: 'off' },
}

/** What is not given is as usual; see `SourceSetting`. */
export interface SourceTimes {
  overlapSeconds?: number
  timeoutSeconds?: number
  /** 0: only at start and when it is asked for. */
  everySeconds?: number
  /** 0: only by full pulls. */
  sweepSeconds?: number
}

/** Seconds of a time such as `10m`; NaN for anything else. */
export function secondsOf(text: string): number {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? []
  return Number(amount) * (UNIT_SECONDS[unit] ?? Number.NaN)
}

/** What each caller may ask for over time, whatever one request may. */
import type { Caller } from '../model/caller.ts'
import { QuotaError } from '../model/errors.ts'
import type { QuotaSettings } from '../model/restrictions.ts'
import type { Cost } from './cost.ts'
import { Tally } from './tally.ts'

const MINUTE = 60

/** So many bytes of a request cost as much as a value of an answer. */
const BYTES_A_POINT = 100

/** More than this is known closer before it is charged. */
const LITTLE = 5_000

/**
 * The quotas of all callers, kept by this process alone: to ask the database for each request would cost more than most
 * requests do. Several processes together let through so many times as much.
 */
export class Quotas {
  private readonly settings: QuotaSettings
  private readonly spent = new Tally(MINUTE)

  constructor(settings: QuotaSettings) {
    this.settings = settings
  }

  /** Charges for a request, whatever it comes to. @throws QuotaError */
  async takeRequest(caller: Caller, bytes: number): Promise<void> {
    await this.take(caller, 1 + Math.floor(bytes / BYTES_A_POINT))
  }

  /** Charges for an operation, before it is run. @throws QuotaError */
  async takeOperation(caller: Caller, cost: Cost): Promise<void> {
    await this.take(caller, pointsOf(cost))
  }

  /** Whether it may be charged so much, though in this cache it may be less. */
  isFair({ role }: Caller, cost: Cost): boolean {
    return this.settings[role] === null || pointsOf(cost) <= LITTLE
  }

  /**
   * Who has something left may ask, whatever it costs: what was too much is paid off by waiting longer. So there is no
   * operation that a quota keeps anybody from, and over time nobody has more than the quota.
   */
  private async take({ id, role, name }: Caller, points: number): Promise<void> {
    const quota = this.settings[role]
    if (quota === null) return
    const { setting, perMinute } = quota
    const { before, secondsLeft } = await this.spent.add(id, points)
    if (before >= perMinute) throw quotaSpent(name, setting, perMinute, secondsLeft)
    const over = before + points - perMinute
    if (over > 0) await this.spent.prolong(id, before + points, secondsLeft + (MINUTE * over) / perMinute)
  }
}

function pointsOf({ values, personPeriods }: Cost): number {
  return values + personPeriods
}

function quotaSpent(name: string, setting: string, allowed: number, retryAfterSeconds: number): QuotaError {
  return new QuotaError(
    `"${name}" has asked for all that is allowed within a minute, ${allowed.toLocaleString('en')} points; ` +
      `ask again in ${retryAfterSeconds} s. ${setting} sets the quota.`,
    { quota: setting, allowed, retryAfterSeconds },
  )
}

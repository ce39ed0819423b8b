import { FieldResolver, Resolver, Root } from 'type-graphql'
import { weekEnd } from '../model/calendar.ts'
import { WasteTrend } from '../stages/waste-trend.ts'
import type { RangeArgs } from './arguments.ts'

/** A week's trend with what its stage can't know: stages have no clock, and nobody tells them what was asked for. */
export interface TrendInTime extends WasteTrend {
  unfinished: boolean
  partial: boolean
}

/**
 * The trend as of `today` (ISO, UTC), for a range or for itself. A week that isn't over is never flagged: what is booked of it
 * so far is no week to hold against whole ones.
 */
export function trendInTime(trend: WasteTrend, today: string, range?: RangeArgs): TrendInTime {
  const { weekStart, flagged } = trend
  const end = weekEnd(weekStart)
  const unfinished = today <= end
  const partial = range !== undefined && (weekStart < range.from || end > range.to)
  return Object.assign(new WasteTrend(), trend, { unfinished, partial, flagged: flagged && !unfinished })
}

@Resolver(() => WasteTrend)
export class TrendInTimeResolver {
  @FieldResolver(() => Boolean, {
    description:
      "The week isn't over, by the UTC date of the service: its numbers are those so far, and it is not flagged.",
  })
  unfinished(@Root() trend: TrendInTime): boolean {
    return trend.unfinished
  }

  @FieldResolver(() => Boolean, {
    description: 'The week reaches beyond the range that was asked for; its numbers are of the whole week.',
  })
  partial(@Root() trend: TrendInTime): boolean {
    return trend.partial
  }
}

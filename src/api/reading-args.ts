import { ArgsType, Field, InputType, Int, registerEnumType } from 'type-graphql'
import type { HowFresh } from '../freshness/read/freshness-mode.ts'
import { BadInputError } from '../model/errors.ts'
import type { StageVersion } from '../stages/stage-versions.ts'

export enum FreshnessMode {
  FRESH = 'FRESH',
  CACHED = 'CACHED',
  IF_FAST = 'IF_FAST',
}

registerEnumType(FreshnessMode, {
  name: 'FreshnessMode',
  description: 'How fresh numbers must be. Each field says it for itself; those of one query may differ.',
  valuesConfig: {
    FRESH: { description: 'Everything that was committed before the query began is in them, however long that takes.' },
    CACHED: { description: 'What is stored, at once; null, or left out of a list, where nothing is.' },
    IF_FAST: {
      description:
        'Fresh, where that takes at most `withinMs`; else what is stored, as under CACHED, and the refresh goes on behind.',
    },
  },
})

const DEFAULT_WITHIN_MS = 500
const LONGEST_WITHIN_MS = 60_000

@InputType({ description: 'A version of a stage.' })
export class StageVersionInput implements StageVersion {
  @Field({ description: "The stage's name." })
  stage!: string

  @Field(() => Int, { description: 'One that the service has in code.' })
  version!: number
}

/** How fresh the annotations of a field must be, and by which logic. */
@ArgsType()
export class ReadingArgs {
  @Field(() => FreshnessMode, {
    nullable: true,
    defaultValue: FreshnessMode.FRESH,
    description: 'How fresh they must be.',
  })
  freshness?: FreshnessMode | null

  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_WITHIN_MS,
    description:
      'Under IF_FAST: how many milliseconds a refresh is waited for, from the start of the query; at most 60000.',
  })
  withinMs?: number | null

  @Field(() => [StageVersionInput], {
    nullable: true,
    description:
      'As if these versions were active; what reads those stages follows. Of stages that are not named the active version.',
  })
  versions?: StageVersionInput[] | null
}

/** The same of what is told of pasts, too. */
@ArgsType()
export class PastReadingArgs extends ReadingArgs {
  @Field(() => Date, {
    nullable: true,
    description:
      'As the cache was at this moment, which must not lie ahead: by what had been committed until then, included. It is computed for this query, and is always ' +
      'fresh. Names, teams and sprints are those of now. Unless told: as it is now.',
  })
  asOf?: Date | null
}

/** What the arguments ask for. @throws BadInputError where nobody can wait so long. */
export function howFresh({ freshness, withinMs }: ReadingArgs): HowFresh {
  const mode = freshness ?? FreshnessMode.FRESH
  if (withinMs && (withinMs < 0 || withinMs > LONGEST_WITHIN_MS)) {
    throw new BadInputError('withinMs', `withinMs must be from 0 to ${LONGEST_WITHIN_MS}, not ${withinMs}.`)
  }
  // Nothing but IF_FAST waits: equal reads have equal ways.
  return { mode, withinMs: mode === FreshnessMode.IF_FAST ? (withinMs ?? DEFAULT_WITHIN_MS) : 0 }
}

const STRICTNESS = { CACHED: 0, IF_FAST: 1, FRESH: 2 }

/** The stricter of two: one answer is of one moment, so what one of its fields needs fresh is fresh for all. */
export function stricter(one: HowFresh | undefined, other: HowFresh): HowFresh {
  if (!one || STRICTNESS[other.mode] > STRICTNESS[one.mode]) return other
  return one.mode === other.mode && other.withinMs > one.withinMs ? other : one
}

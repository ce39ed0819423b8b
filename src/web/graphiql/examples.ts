import { addDays, mondayOf } from '../model/calendar.ts'

export interface Example {
  name: string
  query: string
  /** As JSON. */
  variables?: string
}

/** Queries to begin with, dated so that they show something today. A name is what a link says after `/graphql#`. */
export function examples(today: string): Example[] {
  const monday = mondayOf(today)
  const sunday = addDays(monday, 6)
  const twoWeeks = `from: "${addDays(monday, -7)}", to: "${sunday}"`
  const halfYear = `from: "${addDays(monday, -7 * 25)}", to: "${sunday}"`
  return [
    { name: 'activities', query: activities(twoWeeks) },
    { name: 'waste', query: waste(halfYear) },
    { name: 'flagged', query: flagged(halfYear) },
    { name: 'ingest', query: INGEST, variables: JSON.stringify({ day: today, user: 1, meeting: 3 }, null, 2) },
    { name: 'quarantine', query: QUARANTINE },
    { name: 'live', query: LIVE },
  ]
}

function activities(span: string): string {
  return `# Activities as they came in, each with what
# the stages added beside it.
# "extensions.receipt" in the answer counts what
# was checked and what had to be computed. Run it
# twice: the second time nothing is recomputed.
query Activities {
  activities(
    filter: {
      ${span}
    }
    first: 10
  ) {
    totalCount
    nodes {
      date
      duration
      type
      user { name }
      stereotype { code name }
      timeSplit { nvaSeconds vaSeconds }
      nvaSummary { nvaSeconds totalSeconds }
      wasteTrend {
        weekStart wasteRatio zScore
        flagged unfinished
      }
      annotations {
        stage version computedAt changedAt
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`
}

function waste(span: string): string {
  return `# Half a year of waste: who lost how much time,
# and which kind of activity took it.
# "extensions.receipt" shows what was computed
# for it, and how little a second time.
query Waste {
  nvaSummaryTotals(
    ${span}
    groupBy: [USER]
  ) {
    user { name }
    nvaSeconds
    totalSeconds
    wasteRatio
  }
  wasteByStereotype(
    ${span}
  ) {
    stereotype { code name }
    nvaSeconds
    totalSeconds
    activityCount
  }
}
`
}

function flagged(span: string): string {
  return `# Weeks in which somebody's waste jumped: 2 or
# more standard deviations above their own mean
# of the 8 weeks before. A week that isn't over
# is never among them. "extensions.receipt"
# shows what was computed.
query Flagged {
  wasteTrends(
    ${span}
    flagged: true
  ) {
    user { name }
    weekStart
    wasteRatio
    baselineMean
    zScore
    changedAt
  }
}
`
}

const INGEST = `# Two rows in the shape of their source. The first
# is taken in. The second is refused, with the
# reasons, and stays whole in the quarantine.
# The next read of that person's week recomputes
# that day and that week, and nothing else: see
# "extensions.receipt" there.
mutation Ingest(
  $day: String!
  $user: Int!
  $meeting: Int!
) {
  ingestActivities(input: {
    source: "demo"
    rows: [
      {
        id: "graphiql-1"
        activity_date: $day
        duration_seconds: 5400
        value_type: "NVA"
        stereotype_id: $meeting
        user_id: $user
      }
      {
        id: "graphiql-2"
        activity_date: $day
        duration_seconds: 90000
        value_type: "MAYBE"
        stereotype_id: $meeting
        user_id: $user
      }
    ]
  }) {
    received
    inserted
    updated
    unchanged
    quarantined
    rejections {
      nodes {
        rowIndex
        problems { code field message }
        row
      }
    }
  }
}

# Takes the first row out again.
mutation TakeOut {
  deleteActivities(
    source: "demo"
    externalIds: ["graphiql-1"]
  )
}
`

const QUARANTINE = `# Rows that were refused, whole, with their
# problems; and how fresh every stage stands.
# Counting refreshes nothing, so this answer
# has no "extensions.receipt".
query Quarantine {
  quarantine(
    filter: { status: OPEN }
    first: 20
  ) {
    totalCount
    nodes {
      id
      source
      externalId
      problems { code field message }
      row
      firstSeenAt
      attempts
    }
  }
  stages {
    name
    version
    period
    reads
    counts { fresh stale missing }
  }
}
`

const LIVE = `# What changes, told as it happens, until you stop
# it. Run the example "ingest" in another window,
# or wait for the next pull.
subscription Live {
  activitiesIngested {
    source
    inserted
    updated
    deleted
    touched {
      windows { subjectId from to }
      windowCount
      isComplete
    }
  }
}

# Which slices queries bring up to date, and what
# it takes.
subscription Refreshes {
  slicesRefreshed {
    stage
    receipt {
      checked recomputed unchanged verified
    }
  }
}
`

import { addDays, mondayOf } from './calendar.js'

/** Queries to begin with, dated so that they show something today. A name is what a link says after `/graphql#`. */
export function examples(today) {
  const monday = mondayOf(today)
  const sunday = addDays(monday, 6)
  const halfYear = { from: addDays(monday, -7 * 25), to: sunday }
  return [
    { name: 'activities', query: ACTIVITIES, variables: json({ from: addDays(monday, -7), to: sunday }) },
    { name: 'waste', query: WASTE, variables: json(halfYear) },
    { name: 'flagged', query: FLAGGED, variables: json(halfYear) },
    { name: 'ingest', query: INGEST, variables: json({ input: { source: 'timesheets', rows: rows(today) } }) },
    { name: 'quarantine', query: QUARANTINE, variables: null },
  ]
}

function rows(today) {
  return [
    { id: 'graphiql-1', activity_date: today, duration_seconds: 5400, value_type: 'NVA', stereotype_id: 3, user_id: 1 },
    {
      id: 'graphiql-2',
      activity_date: today,
      duration_seconds: 90_000,
      value_type: 'MAYBE',
      stereotype_id: 3,
      user_id: 99,
    },
  ]
}

function json(variables) {
  return JSON.stringify(variables, null, 2)
}

const ACTIVITIES = `# Activities as they came in, each with what the stages added beside it.
# extensions.receipt in the answer counts what was checked and what had to be computed.
# Run it twice: the second time nothing is recomputed.
query Activities($from: Date!, $to: Date!) {
  activities(filter: { from: $from, to: $to }, first: 10) {
    totalCount
    nodes {
      date
      duration
      type
      user { name }
      stereotype { code name }
      timeSplit { nvaSeconds vaSeconds }
      nvaSummary { nvaSecondsSum totalSum }
      wasteTrend { weekStart wasteRatio zScore flagged }
      annotations { stage version computedAt changedAt }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`

const WASTE = `# Half a year of waste: who lost how many seconds, and to which kind of activity.
# extensions.receipt shows how little was computed for it.
query Waste($from: Date!, $to: Date!) {
  nvaSummary(from: $from, to: $to, groupBy: [USER]) {
    user { name }
    nvaSecondsSum
    totalSum
    wasteRatio
  }
  wasteByStereotype(from: $from, to: $to) {
    stereotype { code name }
    nvaSecondsSum
    totalSum
    activityCount
  }
}
`

const FLAGGED = `# Weeks in which somebody's waste jumped: 2 or more standard deviations above
# their own mean of the 8 weeks before. extensions.receipt shows what was computed.
query Flagged($from: Date!, $to: Date!) {
  wasteTrends(from: $from, to: $to, flagged: true) {
    user { name }
    weekStart
    wasteRatio
    baselineMean
    zScore
    changedAt
  }
}
`

const INGEST = `# Two rows in the shape of their source: a good one, and one that is refused, with every reason.
# The next query of that user's day has a receipt (extensions.receipt) that shows what it recomputed: that day, that week.
mutation Ingest($input: IngestActivitiesInput!) {
  ingestActivities(input: $input) {
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

# Takes the good row out again.
mutation TakeOut {
  deleteActivities(source: "timesheets", externalIds: ["graphiql-1"])
}
`

const QUARANTINE = `# Rows that the ACL refused, whole, with their problems; and how fresh each stage stands.
# Counting refreshes nothing, so this answer has no extensions.receipt.
query Quarantine {
  quarantine(filter: { status: OPEN }, first: 20) {
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

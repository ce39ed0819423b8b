/** What the page asks of the API. */

const SOURCES = 'sources { name lastPull lastSuccess error pulling }'

/** Everything that the page shows, in one query. */
export const OVERVIEW = `
  query Overview($from: Date!, $to: Date!) {
    people: nvaSummaryTotals(from: $from, to: $to, groupBy: [USER]) {
      user { id name }
      nvaSeconds
      totalSeconds
    }
    everyone: nvaSummaryTotals(from: $from, to: $to, groupBy: [WEEK]) {
      period
      nvaSeconds
      totalSeconds
      wasteRatio
    }
    wasteTrends(from: $from, to: $to) {
      user { id }
      weekStart
      wasteRatio
      baselineMean
      zScore
      flagged
      unfinished
    }
    wasteByStereotype(from: $from, to: $to) {
      stereotype { name }
      nvaSeconds
      totalSeconds
      activityCount
    }
    completeness(from: $from, to: $to) { quarantinedRows unattributedRows }
    ingestBatches(first: 10) {
      nodes { source finishedAt error received inserted updated unchanged quarantined superseded skipped removed }
    }
    quarantine(filter: { status: OPEN }, first: 0) { totalCount }
    ${SOURCES}
  }
`

/** How the pulls stand. */
export const PULLS = `
  query Pulls {
    ${SOURCES}
  }
`

/** Where the time of some people, or of all, went. */
export const DETAIL = `
  query Detail($from: Date!, $to: Date!, $userIds: [ID!]) {
    wasteByStereotype(from: $from, to: $to, userIds: $userIds) {
      stereotype { name }
      nvaSeconds
      totalSeconds
      activityCount
    }
  }
`

/** The newest activity of all, for when the weeks asked for hold none. */
export const NEWEST = `
  query Newest {
    activities(first: 1) { nodes { date } }
  }
`

/**
 * The data, the receipt that came with it, and the service's time in milliseconds.
 * @throws Error with a message for the reader, where the service can't be reached or refuses.
 */
export async function ask(query, variables = {}) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables }),
  }).catch(() => {
    throw new Error('The service can’t be reached. Is it running?')
  })
  const answer = await response.json().catch(() => ({}))
  if (answer.errors) throw new Error(answer.errors.map(({ message }) => message).join(' '))
  if (!answer.data) throw new Error(`The service answered with status ${response.status} and no data.`)
  const now = Date.parse(response.headers.get('date') ?? '') || Date.now()
  return { data: answer.data, receipt: answer.extensions?.receipt ?? null, now }
}

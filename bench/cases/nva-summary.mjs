import { FIRST_DAY, LAST_DAY } from '../lib/data.mjs'
import { graphql } from '../lib/http.mjs'
import { alternate, median, timed } from '../lib/measure.mjs'
import { withClient } from '../lib/postgres.mjs'
import { startService } from '../lib/process.mjs'

const QUERIES_A_RUN = 5

/** @type {import('../lib/case.mjs').Case} */
export const nvaSummary = {
  name: 'nva-summary',
  what: 'nvaSummary over 26 weeks by user, all fresh, after a commit',
  async measure({ caches, size, runs }) {
    return caches.with('warm', size, (url) =>
      withClient(url, async (client) => {
        const service = await startService(url)
        try {
          const ours = async () => (await graphql(service.url, QUERY, { from: FIRST_DAY, to: LAST_DAY })).nvaSummary
          const byHand = async () => (await client.query(BY_HAND, [FIRST_DAY, LAST_DAY])).rows
          check(await ours(), await byHand())
          const several = (work) => async () => {
            const times = []
            for (let i = 0; i < QUERIES_A_RUN; i++) {
              await client.query(COMMIT)
              times.push(await timed(work))
            }
            return median(times)
          }
          await alternate(1, { ours: several(ours), byHand: several(byHand) })
          const figures = await alternate(runs, { ours: several(ours), byHand: several(byHand) })
          return [
            {
              against: 'the GROUP BY over activities, straight through pg',
              bar: { atMost: size < 1_000_000 ? 0.8 : 0.4 },
              unit: 'ms',
              ours: figures.ours.median,
              rival: figures.byHand.median,
              ratio: figures.ours.median / figures.byHand.median,
              extra: { ours: figures.ours.all, rival: figures.byHand.all },
            },
          ]
        } finally {
          await service.stop()
        }
      }),
    )
  },
}

const QUERY = `query ($from: Date!, $to: Date!) {
  nvaSummary(from: $from, to: $to) { user { name } nvaSecondsSum vaSecondsSum totalSum wasteRatio }
}`

/** Commits, and changes nothing: else the service would remember what it answered. */
const COMMIT = 'SELECT pg_current_xact_id()'

const BY_HAND = `
SELECT u.name, sum(a.duration_seconds) FILTER (WHERE a.type = 'NON_VALUE_ADD') AS nva,
  sum(a.duration_seconds) FILTER (WHERE a.type = 'VALUE_ADD') AS va, sum(a.duration_seconds) AS total
FROM activity a
JOIN app_user u ON u.id = a.user_id
JOIN stereotype s ON s.id = a.stereotype_id
WHERE a.date BETWEEN $1 AND $2 AND lower(s.code) <> 'pto'
GROUP BY u.id
ORDER BY u.name`

function check(ours, byHand) {
  if (ours.length !== byHand.length) throw new Error(`${ours.length} users, not ${byHand.length}`)
  for (const [i, { name, nva, va, total }] of byHand.entries()) {
    const { user, nvaSecondsSum, vaSecondsSum, totalSum } = ours[i]
    const [left, right] = [
      [user.name, nvaSecondsSum, vaSecondsSum, totalSum].join(' '),
      [name, nva ?? 0, va ?? 0, total].join(' '),
    ]
    if (left !== right) throw new Error(`nvaSummary gives ${left}, not ${right}`)
  }
}

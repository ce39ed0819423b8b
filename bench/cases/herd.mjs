import { isDeepStrictEqual } from 'node:util'
import { activitiesOf, dayAfter, FIRST_DAY, WEEKS } from '../lib/data.mjs'
import { postText } from '../lib/http.mjs'
import { alternate, timed } from '../lib/measure.mjs'
import { startService } from '../lib/process.mjs'
import { ingestRows } from './ingest.mjs'

const READERS = 50
/** From 0, in the middle. */
const WEEK = 12
const FROM = dayAfter(FIRST_DAY, WEEK * 7)
const TO = dayAfter(FROM, 6)

/** @type {import('../lib/case.mjs').Case} */
export const herd = {
  name: 'herd',
  what: `${READERS} readers at once of everybody's week by day, all of it stale`,
  async measure({ caches, size, runs }) {
    return caches.with('warm', size, async (url) => {
      const service = await startService(url)
      try {
        const edited = oneOfEachDay(size)
        let edits = 0
        const readStale = async (readers) => {
          await makeStale(service.url, edited, ++edits)
          let texts
          const ms = await timed(async () => {
            texts = await Promise.all(Array.from({ length: readers }, () => postText(service.url, BODY)))
          })
          checkComputedOnce(
            texts.map((text) => JSON.parse(text)),
            edited.length,
          )
          return ms
        }
        const contestants = { herd: () => readStale(READERS), one: () => readStale(1) }
        await alternate(1, contestants)
        const figures = await alternate(runs, contestants)
        return [
          {
            against: 'one reader of it',
            bar: { atMost: 2 },
            unit: 'ms',
            ours: figures.herd.median,
            rival: figures.one.median,
            ratio: figures.herd.median / figures.one.median,
            extra: { ours: figures.herd.all, rival: figures.one.all },
          },
        ]
      } finally {
        await service.stop()
      }
    })
  },
}

const BODY = JSON.stringify({
  query: `query ($from: Date!, $to: Date!) {
    nvaSummary(from: $from, to: $to, groupBy: [DAY]) { period nvaSecondsSum vaSecondsSum totalSum wasteRatio }
  }`,
  variables: { from: FROM, to: TO },
})

/** An activity of each person's day in that week. */
function oneOfEachDay(size) {
  const from = Math.floor((WEEK * size) / WEEKS)
  const to = Math.ceil(((WEEK + 1) * size) / WEEKS)
  const ofWeek = activitiesOf(from, to - from, size).filter(({ date }) => date >= FROM && date <= TO)
  return [...new Map(ofWeek.map((activity) => [`${activity.user} ${activity.date}`, activity])).values()]
}

/** Gives each of them a duration that none was made with, and none had before. */
async function makeStale(url, activities, edit) {
  const { updated } = await ingestRows(
    url,
    activities.map((activity) => ({ ...activity, durationSeconds: 60 * edit + 1 })),
  )
  if (updated !== activities.length) throw new Error(`${updated} of ${activities.length} edits changed something.`)
}

/** All were told the same, and what was stale was computed once for all of them: two stages for each day. */
function checkComputedOnce(answers, days) {
  const [{ data, errors }] = answers
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 1000))
  if (answers.some((answer) => !isDeepStrictEqual(answer.data, data))) throw new Error('Not all were told the same.')
  const recomputed = answers.reduce((sum, { extensions }) => sum + extensions.receipt.recomputed, 0)
  if (recomputed !== 2 * days) throw new Error(`${recomputed} slices were computed, not ${2 * days}.`)
}

/**
 * The limit: a Fastify route on one prepared SQL statement, written by hand, that makes the whole answer's JSON. It is what
 * Hasura and PostgREST make of a query, without what they do to make it.
 */
import Fastify from 'fastify'
import pg from 'pg'

const { DATABASE_URL, PORT, TIME_SPLIT_LOGIC, NVA_SUMMARY_LOGIC } = process.env
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 })

/** So many activities: a literal, so that Postgres can keep one plan. */
const pageOf = (first) => `
SELECT json_build_object('data', json_build_object('activities', json_build_object('nodes', coalesce(json_agg(
  json_build_object(
    'id', a.id, 'date', a.date, 'durationSeconds', a.duration_seconds, 'type', a.type,
    'user', json_build_object('id', u.id, 'name', u.name),
    'stereotype', json_build_object('id', s.id, 'code', s.code, 'name', s.name),
    'timeSplit', json_build_object(
      'nvaSeconds', t.nva_seconds, 'vaSeconds', t.va_seconds, 'totalSeconds', t.total_seconds),
    'nvaSummary', json_build_object(
      'nvaSecondsSum', n.nva_seconds_sum, 'vaSecondsSum', n.va_seconds_sum, 'totalSum', n.total_sum)
  ) ORDER BY a.date DESC, a.id DESC), '[]'))))::text AS page
FROM (
  SELECT id, date, duration_seconds, type, user_id, stereotype_id FROM activity
  WHERE (date, id) < ($1::date, $2::uuid) ORDER BY date DESC, id DESC LIMIT ${Number(first)}
) a
JOIN app_user u ON u.id = a.user_id
JOIN stereotype s ON s.id = a.stereotype_id
LEFT JOIN time_split t ON t.logic = ${pg.escapeLiteral(TIME_SPLIT_LOGIC)} AND t.user_id = a.user_id AND t.date = a.date AND t.activity_id = a.id
LEFT JOIN nva_summary n ON n.logic = ${pg.escapeLiteral(NVA_SUMMARY_LOGIC)} AND n.user_id = a.user_id AND n.date = a.date`

const app = Fastify()
app.get('/readyz', async () => ({ status: 'ready' }))
app.post('/page', async (request, reply) => {
  const { date, id, first } = request.body
  const { rows } = await pool.query({ name: `page_${first}`, text: pageOf(first), values: [date, id] })
  reply.type('application/json; charset=utf-8')
  return rows[0].page
})
await app.listen({ host: '127.0.0.1', port: Number(PORT) })
process.on('SIGTERM', () => process.exit(0))

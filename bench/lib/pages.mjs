import { isDeepStrictEqual } from 'node:util'
import pg from 'pg'
import { random } from './data.mjs'
import { post } from './http.mjs'
import { withClient } from './postgres.mjs'

/** The page that is measured: activities, the newest first, with who, what, how its time splits and its day's sums. */
const NODE = `id date durationSeconds type
      user { id name }
      stereotype { id code name }
      timeSplit { nvaSeconds vaSeconds totalSeconds }
      nvaSummary { nvaSecondsSum vaSecondsSum totalSum }`

const queryOf = (fields) => `query Page($first: Int!, $after: String) {
  activities(first: $first, after: $after) {
    nodes {
      ${NODE}
      ${fields}
    }
  }
}`

/** The same page in PostGraphile's own schema, with aliases that make the answer the same. */
const POSTGRAPHILE_QUERY = `query Page($first: Int!, $after: Cursor) {
  activities: allActivities(first: $first, after: $after, orderBy: [DATE_DESC, ROW_ID_DESC]) {
    nodes {
      id: rowId date durationSeconds type
      user { id: rowId name }
      stereotype { id: rowId code name }
      timeSplit { nvaSeconds vaSeconds totalSeconds }
      nvaSummary { nvaSecondsSum vaSecondsSum totalSum }
    }
  }
}`

/** A place in the list: a page begins after it. @typedef {{ date: string, id: string }} Place */

/**
 * Places spread over the whole list by number, in no order, no two alike, each with a full page after it: beside
 * activities rather than at them, as there are more places than activities.
 * @param {string} databaseUrl
 * @returns {Promise<(number: number) => Place>}
 */
export function placesOf(databaseUrl) {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      'SELECT id, date::text AS date FROM activity ORDER BY date DESC, activity.id DESC',
    )
    return (number) => {
      const { date, id } = rows[Math.floor(random(number, 7) * (rows.length - 101))]
      return { date, id: id.slice(0, -8) + number.toString(16).padStart(8, '0') }
    }
  })
}

/** Bodies of POST requests, by who is asked. */
export const bodies = {
  /** @param {Place} place @param {number} first @param {string} [fields] beside the usual ones */
  graphql: (place, first, fields = '') =>
    JSON.stringify({ query: queryOf(fields), variables: { first, after: cursorOf(place) } }),
  /** @param {Place} place @param {number} first */
  route: ({ date, id }, first) => JSON.stringify({ first, date, id }),
  /** @param {string} digest of PostGraphile's order */
  postgraphile: (digest) => (place, first) => {
    const after = Buffer.from(JSON.stringify([digest, place.date, place.id])).toString('base64')
    return JSON.stringify({ query: POSTGRAPHILE_QUERY, variables: { first, after } })
  },
}

/** The service's cursor. */
function cursorOf({ date, id }) {
  return Buffer.from(JSON.stringify(['DATE_DESC', date, id])).toString('base64url')
}

/**
 * What PostGraphile's cursors of this order begin with, read off one of its own.
 * @param {string} url
 */
export async function postgraphileDigest(url) {
  const query = POSTGRAPHILE_QUERY.replace('nodes {', 'pageInfo { endCursor } nodes {')
  const { data, errors } = await post(url, JSON.stringify({ query, variables: { first: 1, after: null } }))
  if (errors) throw new Error(`PostGraphile: ${JSON.stringify(errors)}`)
  const [digest, ...place] = JSON.parse(Buffer.from(data.activities.pageInfo.endCursor, 'base64').toString())
  const { id, date } = data.activities.nodes[0]
  if (!isDeepStrictEqual(place, [date, id])) throw new Error(`PostGraphile has other cursors: ${[digest, ...place]}`)
  return digest
}

/**
 * Makes sure that everyone gives the same values for these places.
 * @param {Record<string, { url: string, body: (place: Place, first: number, fields?: string) => string }>} contestants
 * @param {readonly Place[]} places
 * @param {number} first
 * @param {string} [fields] beside the usual ones
 */
export async function checkSamePages(contestants, places, first, fields) {
  for (const place of places) {
    let expected
    for (const [name, { url, body }] of Object.entries(contestants)) {
      const answer = await post(url, body(place, first, fields))
      if (answer.errors) throw new Error(`${name}: ${JSON.stringify(answer.errors).slice(0, 1000)}`)
      const { nodes } = answer.data.activities
      if (nodes.length !== first) throw new Error(`${name} gave ${nodes.length} activities, not ${first}.`)
      expected ??= nodes
      if (!isDeepStrictEqual(nodes, expected)) {
        const at = nodes.findIndex((node, i) => !isDeepStrictEqual(node, expected[i]))
        throw new Error(`${name} differs: ${JSON.stringify(nodes[at])}, not ${JSON.stringify(expected[at])}`)
      }
    }
  }
}

/**
 * The logics of the stages on a page, as the database has them, and the version of one.
 * @param {string} databaseUrl
 * @returns {Promise<{ timeSplit: string, timeSplitVersion: number, nvaSummary: string }>}
 */
export function logicsOf(databaseUrl) {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query(
      `SELECT logic AS "timeSplit", version AS "timeSplitVersion", (SELECT logic FROM nva_summary LIMIT 1) AS "nvaSummary"
       FROM logic WHERE logic = (SELECT logic FROM time_split LIMIT 1)`,
    )
    return rows[0]
  })
}

/**
 * The same tables for PostGraphile: views without the keys of the product's own bookkeeping, whose smart comments say
 * what refers to what. Their sums are integers, as it would give 64 bits as text.
 * @param {string} databaseUrl
 */
export async function showToPostgraphile(databaseUrl) {
  const { timeSplit, nvaSummary } = await logicsOf(databaseUrl)
  await withClient(databaseUrl, (client) =>
    client.query(`
CREATE SCHEMA shown;
CREATE VIEW shown.app_user AS SELECT id, name FROM public.app_user;
COMMENT ON VIEW shown.app_user IS '@primaryKey id';
CREATE VIEW shown.stereotype AS SELECT id, code, name FROM public.stereotype;
COMMENT ON VIEW shown.stereotype IS '@primaryKey id';
CREATE VIEW shown.time_split AS
  SELECT user_id, date, activity_id, nva_seconds, va_seconds, total_seconds
  FROM public.time_split WHERE logic = ${pg.escapeLiteral(timeSplit)};
COMMENT ON VIEW shown.time_split IS '@primaryKey user_id,date,activity_id';
CREATE VIEW shown.nva_summary AS
  SELECT user_id, date, nva_seconds_sum::integer, va_seconds_sum::integer, total_sum::integer
  FROM public.nva_summary WHERE logic = ${pg.escapeLiteral(nvaSummary)};
COMMENT ON VIEW shown.nva_summary IS '@primaryKey user_id,date';
CREATE VIEW shown.activity AS SELECT id, date, duration_seconds, type, stereotype_id, user_id FROM public.activity;
COMMENT ON VIEW shown.activity IS $$
@primaryKey id
@foreignKey (user_id) references shown.app_user (id)|@fieldName user
@foreignKey (stereotype_id) references shown.stereotype (id)|@fieldName stereotype
@foreignKey (user_id, date, id) references shown.time_split (user_id, date, activity_id)|@fieldName timeSplit
@foreignKey (user_id, date) references shown.nva_summary (user_id, date)|@fieldName nvaSummary
$$;
DO $$
DECLARE shown record;
BEGIN
  -- Tables say it themselves; without it a cursor's condition allows for nulls, which no index serves.
  FOR shown IN SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'shown' LOOP
    EXECUTE format('COMMENT ON COLUMN shown.%I.%I IS %L', shown.table_name, shown.column_name, '@notNull');
  END LOOP;
END
$$;
COMMENT ON COLUMN shown.activity.date IS E'@notNull\\n@behavior +orderBy';
COMMENT ON COLUMN shown.activity.id IS E'@notNull\\n@behavior +orderBy';`),
  )
}

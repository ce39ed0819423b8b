/** The page as type-graphql resolvers with DataLoaders: what one writes first. */
import 'reflect-metadata'
import DataLoader from 'dataloader'
import pg from 'pg'
import { Arg, buildSchema, Ctx, Field, FieldResolver, ID, Int, ObjectType, Query, Resolver, Root } from 'type-graphql'

const { DATABASE_URL, TIME_SPLIT_LOGIC, TIME_SPLIT_VERSION, NVA_SUMMARY_LOGIC } = process.env
const types = {
  getTypeParser: (oid, format) => (oid === pg.types.builtins.DATE ? String : pg.types.getTypeParser(oid, format)),
}
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10, types })

/** Decorators as calls: Node runs no TypeScript here. */
const field = (Class, name, type, options = {}) => Field(() => type, options)(Class.prototype, name)

class User {}
ObjectType()(User)
field(User, 'id', ID)
field(User, 'name', String)

class Stereotype {}
ObjectType()(Stereotype)
field(Stereotype, 'id', ID)
field(Stereotype, 'code', String)
field(Stereotype, 'name', String)

class TimeSplit {}
ObjectType()(TimeSplit)
for (const name of ['nvaSeconds', 'vaSeconds', 'totalSeconds']) field(TimeSplit, name, Int)

class NvaSummary {}
ObjectType()(NvaSummary)
for (const name of ['nvaSecondsSum', 'vaSecondsSum', 'totalSum']) field(NvaSummary, name, Int)

class Annotation {}
ObjectType()(Annotation)
field(Annotation, 'stage', String)
field(Annotation, 'version', Int)

class Activity {}
ObjectType()(Activity)
field(Activity, 'id', ID)
field(Activity, 'date', String)
field(Activity, 'durationSeconds', Int)
field(Activity, 'type', String)

class ActivityPage {}
ObjectType()(ActivityPage)
field(ActivityPage, 'nodes', [Activity])

class ActivityResolver {
  async activities(first, after) {
    const [, date, id] = JSON.parse(Buffer.from(after, 'base64url').toString())
    const { rows } = await pool.query(
      `SELECT id, date, duration_seconds AS "durationSeconds", type, user_id AS "userId", stereotype_id AS "stereotypeId"
       FROM activity WHERE (date, id) < ($1::date, $2::uuid) ORDER BY date DESC, id DESC LIMIT $3`,
      [date, id, first],
    )
    return { nodes: rows }
  }
  user({ userId }, { users }) {
    return users.load(userId)
  }
  stereotype({ stereotypeId }, { stereotypes }) {
    return stereotypes.load(stereotypeId)
  }
  timeSplit(activity, { timeSplits }) {
    return timeSplits.load(activity)
  }
  nvaSummary(activity, { nvaSummaries }) {
    return nvaSummaries.load(activity)
  }
  async annotations(activity, { timeSplits }, stages) {
    const found = stages.includes('time_split') && (await timeSplits.load(activity))
    return found ? [{ stage: 'time_split', version: Number(TIME_SPLIT_VERSION) }] : []
  }
}
const prototype = ActivityResolver.prototype
Resolver(() => Activity)(ActivityResolver)
const method = (name) => Object.getOwnPropertyDescriptor(prototype, name)
Query(() => ActivityPage)(prototype, 'activities', method('activities'))
Arg('first', () => Int)(prototype, 'activities', 0)
Arg('after', () => String, { nullable: true })(prototype, 'activities', 1)
for (const [name, type] of Object.entries({
  user: User,
  stereotype: Stereotype,
  timeSplit: TimeSplit,
  nvaSummary: NvaSummary,
  annotations: [Annotation],
})) {
  FieldResolver(() => type)(prototype, name, method(name))
  Root()(prototype, name, 0)
  Ctx()(prototype, name, 1)
}
Arg('stages', () => [String])(prototype, 'annotations', 2)

/** Loads by keys that are rows themselves: one statement for all, each found again by its key's text. */
function loader(text, valuesOf, keyOf) {
  return new DataLoader(
    async (keys) => {
      const { rows } = await pool.query(text, valuesOf(keys))
      const found = new Map(rows.map((row) => [row.key, row]))
      return keys.map((key) => found.get(keyOf(key)))
    },
    { cacheKeyFn: keyOf },
  )
}

/** Loaders of one request. */
export const context = async () => ({
  users: loader('SELECT id AS key, id, name FROM app_user WHERE id = ANY ($1::uuid[])', (ids) => [ids], String),
  stereotypes: loader(
    'SELECT id AS key, id, code, name FROM stereotype WHERE id = ANY ($1::uuid[])',
    (ids) => [ids],
    String,
  ),
  timeSplits: loader(
    `SELECT t.activity_id AS key, nva_seconds AS "nvaSeconds", va_seconds AS "vaSeconds", total_seconds AS "totalSeconds"
     FROM unnest($1::uuid[], $2::date[], $3::uuid[]) AS k (user_id, date, activity_id)
     JOIN time_split t USING (user_id, date, activity_id) WHERE t.logic = $4`,
    (activities) => [
      activities.map((a) => a.userId),
      activities.map((a) => a.date),
      activities.map((a) => a.id),
      TIME_SPLIT_LOGIC,
    ],
    (activity) => activity.id,
  ),
  nvaSummaries: loader(
    `SELECT n.user_id || ' ' || n.date AS key, nva_seconds_sum AS "nvaSecondsSum", va_seconds_sum AS "vaSecondsSum",
       total_sum AS "totalSum"
     FROM unnest($1::uuid[], $2::date[]) AS k (user_id, date)
     JOIN nva_summary n USING (user_id, date) WHERE n.logic = $3`,
    (activities) => [activities.map((a) => a.userId), activities.map((a) => a.date), NVA_SUMMARY_LOGIC],
    ({ userId, date }) => `${userId} ${date}`,
  ),
})

export const schema = await buildSchema({ resolvers: [ActivityResolver], validate: false })

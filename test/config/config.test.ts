import { configOf } from '../../src/config/config.ts'
import { ConfigError } from '../../src/model/errors.ts'
import { DEFAULT_LIMITS } from '../../src/model/limits.ts'
import { UNRESTRICTED } from '../../src/model/restrictions.ts'
import { sourcesOf } from '../../src/source/sources.ts'

const URL_ADVICE = 'must be a URL such as postgres://user:password@host:5432/database'
const SOURCE_URL_ADVICE = `${URL_ADVICE}, mysql://user:password@host:3306/database or file:///path/rows.csv`

/** The message of the error that this environment must raise. */
function faultOf(env: Record<string, string>): string {
  try {
    configOf(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).message
  }
  throw new Error('This configuration was taken.')
}

test('with nothing set, everything has a default', () => {
  expect(configOf({})).toEqual({
    host: '127.0.0.1',
    allowedHosts: [],
    port: 4000,
    metricsPort: undefined,
    tracing: undefined,
    databaseUrl: undefined,
    home: '.steelthread',
    graceSeconds: 10,
    stageSeconds: 30,
    logLevel: 'info',
    limits: DEFAULT_LIMITS,
    restrictions: UNRESTRICTED,
    quarantineLimit: 20,
    stagePromotion: 'auto',
    historySeconds: 34_560_000,
    batchKeepDays: 90,
    auditKeepDays: 400,
    auth: undefined,
    eagerStages: [],
    sources: [],
  })
})

test('everything can be set', () => {
  expect(
    configOf({
      HOST: '0.0.0.0',
      ALLOWED_HOSTS: 'team.example, 10.0.0.7,fe80::1',
      PORT: '8080',
      DATABASE_URL: 'postgres://me@db/cache',
      STEELTHREAD_HOME: '/var/lib/steelthread',
      STOP_GRACE: '2m',
      STAGE_TIMEOUT: '3m',
      LOG_LEVEL: 'debug',
      MAX_QUERY_ROWS: '5',
      METRICS_PORT: '9464',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.example:4318',
      OTEL_SERVICE_NAME: 'ours',
      QUARANTINE_LIMIT: '100',
      STAGE_PROMOTION: 'manual',
      BATCH_KEEP: 'forever',
      AUDIT_KEEP: '30d',
      AUTH: 'none',
      ALERT_WEBHOOK_URL: 'https://chat.example/hooks/x',
      ALERT_SILENCE: '12h',
      HISTORY_KEEP: '30d',
      EAGER_STAGES: 'waste_trend,nva_summary',
      SOURCE_TIMESHEETS_URL: 'postgresql://reader@erp:5433/times',
      UNRELATED: 'x',
    }),
  ).toEqual({
    host: '0.0.0.0',
    allowedHosts: ['team.example', '10.0.0.7', 'fe80::1'],
    port: 8080,
    metricsPort: 9464,
    tracing: { endpoint: 'http://collector.example:4318', serviceName: 'ours' },
    databaseUrl: 'postgres://me@db/cache',
    home: '/var/lib/steelthread',
    graceSeconds: 120,
    stageSeconds: 180,
    logLevel: 'debug',
    limits: { ...DEFAULT_LIMITS, MAX_QUERY_ROWS: 5 },
    restrictions: UNRESTRICTED,
    quarantineLimit: 100,
    stagePromotion: 'manual',
    historySeconds: 2_592_000,
    batchKeepDays: null,
    auditKeepDays: 30,
    auth: 'none',
    alerts: { url: 'https://chat.example/hooks/x', silenceSeconds: 43_200 },
    eagerStages: ['waste_trend', 'nva_summary'],
    sources: [{ name: 'timesheets', adapter: 'timesheets', url: 'postgresql://reader@erp:5433/times' }],
  })
})

test('the configuration is frozen', () => {
  const config = configOf({ SOURCE_A_URL: 'postgres://db/a' })
  expect(Object.isFrozen(config)).toBe(true)
  expect(Object.isFrozen(config.sources)).toBe(true)
})

test.each(['0', '-1', '1.5', 'many', '99999999999'])('a limit of %j is refused', (limit) => {
  expect(faultOf({ MAX_QUERY_ROWS: limit })).toBe('MAX_QUERY_ROWS must be a whole number from 1 to 9999999999')
})

test('a STAGE_PROMOTION that is neither is refused', () => {
  expect(faultOf({ STAGE_PROMOTION: 'never' })).toBe('STAGE_PROMOTION must be auto or manual')
})

test.each(['-1', '101', '20%', '0.5'])('a QUARANTINE_LIMIT of %j is refused', (percent) => {
  expect(faultOf({ QUARANTINE_LIMIT: percent })).toBe(
    'QUARANTINE_LIMIT must be a whole number of percent from 0 to 100',
  )
})

test.each(['90', '0d', '12h', 'never'])('a BATCH_KEEP of %j is refused', (time) => {
  expect(faultOf({ BATCH_KEEP: time })).toBe('BATCH_KEEP must be a number of days such as 90d, or forever')
})

test('somebody is told of alerts where it is said where, and misses a source after two days', () => {
  const alertsOf = (env: Record<string, string>) => configOf(env).alerts
  expect(alertsOf({ ALERT_SILENCE: '1h' })).toBeUndefined()
  expect(alertsOf({ ALERT_WEBHOOK_URL: 'http://hooks' })).toEqual({ url: 'http://hooks', silenceSeconds: 172_800 })
  expect(alertsOf({ ALERT_WEBHOOK_URL: 'http://hooks', ALERT_SILENCE: 'off' })?.silenceSeconds).toBe(0)
})

test.each(['chat.example/hooks/secret', 'ftp://chat.example/secret', 'https://'])(
  'ALERT_WEBHOOK_URL %j is refused, and not shown',
  (url) => {
    expect(faultOf({ ALERT_WEBHOOK_URL: url })).toBe(
      'ALERT_WEBHOOK_URL must be a URL such as https://chat.example/hooks/…',
    )
  },
)

test.each(['2', '59s', '366d', 'never'])('ALERT_SILENCE %j is refused', (time) => {
  expect(faultOf({ ALERT_SILENCE: time })).toBe(
    'ALERT_SILENCE must be a time such as 12h or 2d, from 1m to 365d, or off',
  )
})

test('history is kept for as many days as it is said, or for ever', () => {
  expect(configOf({ HISTORY_KEEP: '1d' }).historySeconds).toBe(86_400)
  expect(configOf({ HISTORY_KEEP: 'forever' }).historySeconds).toBe(Number.POSITIVE_INFINITY)
})

test.each(['400', '0d', '36501d', '24h', 'off', ''])('HISTORY_KEEP %j is refused', (time) => {
  expect(faultOf({ HISTORY_KEEP: time })).toBe(
    'HISTORY_KEEP must be a number of days such as 400d, from 1d to 36500d, or forever',
  )
})

test.each(['team.example:443', 'https://team.example', 'a,,b', '*', ' '])('ALLOWED_HOSTS %j is refused', (names) => {
  expect(faultOf({ ALLOWED_HOSTS: names })).toMatch(/^ALLOWED_HOSTS must be names or addresses without ports/)
})

test.each(['0', '1', '65535'])('PORT %s is taken', (port) => {
  expect(configOf({ PORT: port }).port).toBe(Number(port))
})

test.each(['65536', '-1', '80.5', 'http', '0x50', ' 80'])('PORT %j is refused', (port) => {
  expect(faultOf({ PORT: port })).toBe('PORT must be a port number from 0 to 65535')
})

test.each([
  'mysql://me:s3cret@db/cache',
  'db/cache',
  's3cret',
  'postgres//me:s3cret@db',
  'postgres://me:12/s3cret@db/cache',
  'postgres://me:/s3cret@db',
  'postgres://me:12?s3cret@db/cache',
  'postgres://me:12#s3cret@db/cache',
  'postgres://me:12?x=1&s3cret@db/cache=1',
])('DATABASE_URL %j is refused, without saying it again', (url) => {
  expect(faultOf({ DATABASE_URL: url })).toBe(`DATABASE_URL ${URL_ADVICE}`)
})

test.each([
  'postgres://db',
  'postgres://db/',
  'postgres://me:s3%2Fcr%40et@db:5433/ca%2Fche',
  'postgres://me:s3cr@et@db/cache',
  'postgres:///cache?host=/var/run/postgresql&user=me',
  'postgres://db/cache?sslmode=verify-full&sslrootcert=/etc/ca.pem',
])('DATABASE_URL %j is taken', (url) => {
  expect(configOf({ DATABASE_URL: url }).databaseUrl).toBe(url)
})

test.each(['30', '1s', '61m', 'off'])('STAGE_TIMEOUT %j is refused', (timeout) => {
  expect(faultOf({ STAGE_TIMEOUT: timeout })).toBe('STAGE_TIMEOUT must be a time such as 30s or 2m, from 2s to 1h')
})

test.each(['10', '-1s', '61m', '2h', 'soon'])('STOP_GRACE %j is refused', (grace) => {
  expect(faultOf({ STOP_GRACE: grace })).toBe('STOP_GRACE must be a time such as 10s or 2m, at most 1h')
})

test('a LOG_LEVEL that there is not is refused with those that there are', () => {
  expect(faultOf({ LOG_LEVEL: 'verbose' })).toBe(
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
  )
})

test('sources are named by their variables, and may share an adapter', () => {
  expect(
    configOf({
      SOURCE_TIMESHEETS_URL: 'postgres://db/a',
      SOURCE_PLANT_2_URL: 'postgres://db/b',
      SOURCE_PLANT_2_ADAPTER: 'timesheets',
    }).sources,
  ).toEqual([
    { name: 'timesheets', adapter: 'timesheets', url: 'postgres://db/a' },
    { name: 'plant_2', adapter: 'timesheets', url: 'postgres://db/b' },
  ])
})

test("a source's URL that is none is refused, without saying it again", () => {
  expect(faultOf({ SOURCE_ERP_URL: 'http://me:s3cret@erp' })).toBe(`SOURCE_ERP_URL ${SOURCE_URL_ADVICE}`)
})

test.each([
  'mysql://me:s3cret@db:3306/times',
  'mariadb://me@db/times?ssl={"rejectUnauthorized":true}',
  'file:///data/rows%20of%20march.csv',
])('the URL %j of a source is taken', (url) => {
  expect(configOf({ SOURCE_ERP_URL: url }).sources[0]).toMatchObject({ url })
})

test.each(['mysql:db/times', 'file://host/rows.csv', 'file:rows.csv', '/data/rows.csv', 'sqlserver://db/times'])(
  'the URL %j of a source is refused',
  (url) => {
    expect(faultOf({ SOURCE_ERP_URL: url })).toBe(`SOURCE_ERP_URL ${SOURCE_URL_ADVICE}`)
  },
)

test('an adapter without a URL is refused', () => {
  expect(faultOf({ SOURCE_ERP_ADAPTER: 'timesheets' })).toBe(
    'SOURCE_ERP_URL is missing, though SOURCE_ERP_ADAPTER is set',
  )
})

test.each([
  ['90s', 90],
  ['10m', 600],
  ['2h', 7_200],
  ['30d', 2_592_000],
  ['0s', 0],
])('an overlap of %s is %d seconds', (overlap, seconds) => {
  expect(configOf({ SOURCE_A_URL: 'postgres://db/a', SOURCE_A_OVERLAP: overlap }).sources).toEqual([
    { name: 'a', adapter: 'a', url: 'postgres://db/a', overlapSeconds: seconds },
  ])
})

test.each(['10', 'm', '-1m', '1.5h', '31d', '10 m', 'PT10M'])('an overlap of %j is refused', (overlap) => {
  expect(faultOf({ SOURCE_A_URL: 'postgres://db/a', SOURCE_A_OVERLAP: overlap })).toBe(
    'SOURCE_A_OVERLAP must be a time such as 90s, 10m, 2h or 1d, from 0s to 30d',
  )
})

test.each(['0s', '25h', '1', 'off'])('a time-out of %j is refused', (timeout) => {
  expect(faultOf({ SOURCE_A_URL: 'postgres://db/a', SOURCE_A_TIMEOUT: timeout })).toBe(
    'SOURCE_A_TIMEOUT must be a time such as 90s, 10m, 2h or 1d, from 1s to 1d',
  )
})

test('a time-out is taken, and is a minute unless told', () => {
  const { sources } = configOf({
    SOURCE_A_URL: 'postgres://db/a',
    SOURCE_A_TIMEOUT: '2m',
    SOURCE_A_ADAPTER: 'timesheets',
  })
  expect(sources).toMatchObject([{ name: 'a', timeoutSeconds: 120 }])
  expect(sourcesOf(sources).get('a')).toMatchObject({ timeoutSeconds: 120, overlapSeconds: 600 })
  expect(sourcesOf(sources).get('timesheets')).toMatchObject({ timeoutSeconds: 60 })
})

test.each([
  ['30s', 30],
  ['7d', 604_800],
  ['off', 0],
])('a source pulled every %s is pulled every %d seconds', (every, seconds) => {
  const { sources } = configOf({
    SOURCE_A_URL: 'postgres://db/a',
    SOURCE_A_EVERY: every,
    SOURCE_A_ADAPTER: 'timesheets',
  })
  expect(sourcesOf(sources).get('a')).toMatchObject({ everySeconds: seconds })
})

test('a source is pulled every five minutes unless told', () => {
  const { sources } = configOf({ SOURCE_A_URL: 'postgres://db/a', SOURCE_A_ADAPTER: 'timesheets' })
  expect(sourcesOf(sources).get('a')).toMatchObject({ everySeconds: 300 })
})

test.each(['0s', '8d', '5', 'never', 'OFF'])('a source pulled every %j is refused', (every) => {
  expect(faultOf({ SOURCE_A_URL: 'postgres://db/a', SOURCE_A_EVERY: every })).toBe(
    'SOURCE_A_EVERY must be a time such as 90s, 10m, 2h or 1d, from 1s to 7d, or off',
  )
})

test('an overlap without a URL is refused', () => {
  expect(faultOf({ SOURCE_ERP_OVERLAP: '10m' })).toBe('SOURCE_ERP_URL is missing, though SOURCE_ERP_OVERLAP is set')
})

test('what a source doesn’t have is refused, with what it has', () => {
  const url = 'postgres://db/a'
  expect(faultOf({ SOURCE_ERP_URL: url, SOURCE_ERP_EVRY: '1m' })).toBe(
    'SOURCE_ERP_EVRY is nothing that a source has; it has SOURCE_ERP_URL, SOURCE_ERP_ADAPTER, SOURCE_ERP_OVERLAP, SOURCE_ERP_EVERY, SOURCE_ERP_TIMEOUT, SOURCE_ERP_SWEEP',
  )
  // Other programs have variables that begin with SOURCE_, and one source's name may begin with another's.
  expect(configOf({ SOURCE_DATE_EPOCH: '1', SOURCE_A_URL: url, SOURCE_A_B_URL: url }).sources).toHaveLength(2)
})

test('a limit that there isn’t is refused, with those that there are', () => {
  expect(faultOf({ MAX_QUERY_ROW: '5' })).toMatch(
    /^MAX_QUERY_ROW is no limit; there are MAX_BODY_BYTES, .*MAX_QUERY_ROWS/,
  )
})

test('the name of what is made through the API is refused', () => {
  expect(faultOf({ SOURCE_API_URL: 'postgres://db/a' })).toMatch(
    /^SOURCE_API_URL can't be: "api" is the source of what/,
  )
})

test('everything that is wrong is said at once', () => {
  expect(faultOf({ PORT: 'x', DATABASE_URL: 'y', LOG_LEVEL: 'z', SOURCE_A_URL: 's3cret' }).split('; ')).toEqual([
    'PORT must be a port number from 0 to 65535',
    `DATABASE_URL ${URL_ADVICE}`,
    'LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
    `SOURCE_A_URL ${SOURCE_URL_ADVICE}`,
  ])
})

test('an adapter that there is not is refused by its variable, with those that there are', () => {
  const setting = { name: 'erp', adapter: 'sap', url: 'postgres://me:s3cret@db/erp' }
  expect(() => sourcesOf([setting])).toThrow(ConfigError)
  expect(() => sourcesOf([setting])).toThrow(
    /^SOURCE_ERP_ADAPTER: there is no adapter "sap"; there is "timesheets", "redmine", .*\.$/,
  )
})

test('a name without an adapter of its own is refused by the variable that would give it one', () => {
  expect(() => sourcesOf(configOf({ SOURCE_ERP_URL: 'postgres://db/erp' }).sources)).toThrow(/^SOURCE_ERP_ADAPTER: /)
})

describe('the broker', () => {
  test('is none, unless its URL is given', () => {
    expect(configOf({}).broker).toBeUndefined()
    expect(configOf({ BROKER_URL: 'nats://a:4222,tls://user:p%40ss@b:4222', BROKER_TLS_CA: '/ca.pem' }).broker).toEqual(
      {
        url: 'nats://a:4222,tls://user:p%40ss@b:4222',
        prefix: 'steelthread',
        tls: { caFile: '/ca.pem' },
        ...{ keepDays: 7, mostBytes: 268_435_456, replicas: 1 },
      },
    )
  })

  test.each(['http://a:4222', 'a:4222', 'nats://', 'nats://a/path', 'nats://a,'])('is not at %s', (url) => {
    expect(() => configOf({ BROKER_URL: url })).toThrow(/^BROKER_URL must be a URL such as nats:/)
  })

  test.each(['a b', 'a.', '*', '>', ''.padEnd(65, 'a')])('has no prefix such as "%s"', (prefix) => {
    expect(() => configOf({ BROKER_URL: 'nats://a', BROKER_PREFIX: prefix })).toThrow(/^BROKER_PREFIX must be a word/)
  })

  test('keeps events for as long, in as much room and on as many servers as it is told', () => {
    const env = { BROKER_URL: 'nats://a', BROKER_KEEP: '30d', BROKER_MAX_BYTES: '1000000', BROKER_REPLICAS: '3' }
    expect(configOf(env).broker).toMatchObject({ keepDays: 30, mostBytes: 1_000_000, replicas: 3 })
  })

  test.each([
    ['BROKER_KEEP', '0d'],
    ['BROKER_KEEP', '7'],
    ['BROKER_MAX_BYTES', '1MB'],
    ['BROKER_REPLICAS', '0'],
    ['EAGER_STAGES', 'waste_trend,'],
  ])('%s is not %s', (name, value) => {
    expect(faultOf({ [name]: value })).toMatch(new RegExp(`^${name} must be `))
  })
})

describe('what callers are held to', () => {
  const KEYS = { AUTH: 'keys' }
  const quotasOf = (env: Record<string, string>) => configOf(env).restrictions.quotas

  test('where it is asked who asks, each role has a quota, which can be set and put off', () => {
    expect(quotasOf({ ...KEYS, QUOTA_VIEWER: '500', QUOTA_ADMIN: 'off' })).toEqual({
      viewer: { setting: 'QUOTA_VIEWER', perMinute: 500 },
      ingester: { setting: 'QUOTA_INGESTER', perMinute: 20_000_000 },
      operator: { setting: 'QUOTA_OPERATOR', perMinute: 60_000_000 },
      admin: null,
    })
  })

  test('where nobody is asked, nobody has one, unless it is said', () => {
    expect(quotasOf({}).admin).toBeNull()
    expect(quotasOf({ QUOTA_ANYBODY: '7' }).admin).toEqual({ setting: 'QUOTA_ANYBODY', perMinute: 7 })
  })

  test.each<[fault: string, env: Record<string, string>]>([
    ['QUOTA_VIEWER must be a whole number of points a minute from 1', { ...KEYS, QUOTA_VIEWER: '0' }],
    ['QUOTA_GUEST is no quota; there are QUOTA_VIEWER, QUOTA_INGESTER,', { ...KEYS, QUOTA_GUEST: '1' }],
    ['QUOTA_VIEWER does nothing without AUTH=keys', { QUOTA_VIEWER: '1' }],
    ['QUOTA_ANYBODY does nothing where it is asked who asks', { ...KEYS, QUOTA_ANYBODY: '1' }],
  ])('%s …', (fault, env) => {
    expect(faultOf(env)).toContain(fault)
  })

  test.each<[isHidden: boolean, env: Record<string, string>]>([
    [false, {}],
    [false, { NODE_ENV: 'production' }],
    [false, KEYS],
    [true, { ...KEYS, NODE_ENV: 'production' }],
    [true, { AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'steelthread', NODE_ENV: 'production' }],
    [false, { ...KEYS, NODE_ENV: 'production', ALLOW_INTROSPECTION: 'yes' }],
    [true, { ALLOW_INTROSPECTION: 'no' }],
  ])('that the schema is hidden is %s with %j', (isHidden, env) => {
    expect(configOf(env).restrictions.hidesSchema).toBe(isHidden)
  })
})

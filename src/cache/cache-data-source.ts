/** Columns of a stage belong to its version: older services, which may run beside, go on reading and writing theirs. */
import type pg from 'pg'
import { type ColumnType, DataSource, type DataSourceOptions } from 'typeorm'
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js'
import type { SqlInMemory } from 'typeorm/driver/SqlInMemory.js'
import { StageError } from '../model/errors.ts'
import type { CacheSession } from './session.ts'

type Outputs = ReadonlySet<unknown>

/** The cache's DataSource, and how its sessions are. */
export class CacheDataSource extends DataSource {
  readonly isPooled: boolean
  /** Columns of stages that no migration drops, by their tables: they were left out when it was last asked what the tables lack. */
  unused: { table: string; column: string }[] = []
  private readonly outputs: Outputs

  /** @param outputs The entities that are stages' outputs: what becomes of their tables is additive. */
  constructor(options: DataSourceOptions, { isPooled }: Pick<CacheSession, 'isPooled'>, outputs: Outputs = new Set()) {
    super(options)
    this.isPooled = isPooled
    this.driver.supportedDataTypes.push('xid8' as ColumnType)
    this.outputs = outputs
    const createSchemaBuilder = this.driver.createSchemaBuilder.bind(this.driver)
    this.driver.createSchemaBuilder = () => {
      const builder = createSchemaBuilder()
      return { build: () => builder.build(), log: async () => this.additive(await builder.log()) }
    }
  }

  /** Its connections, once it is initialized. */
  get pool(): pg.Pool {
    if (!(this.driver instanceof PostgresDriver)) throw new Error('Broken invariant: the cache is no Postgres.')
    return this.driver.master
  }

  /** Values may be null in the tables, as rows of other versions have none; what stages put there is checked beforehand. */
  protected override async buildMetadatas(): Promise<void> {
    await super.buildMetadatas()
    const ofStages = this.entityMetadatas.filter(({ target }) => this.outputs.has(target))
    for (const column of ofStages.flatMap(({ columns }) => columns)) {
      if (!column.isPrimary) column.isNullable = true
    }
  }

  /**
   * What the tables lack, without what would take something from an older version: columns that are not used any more
   * stay.
   * @throws StageError where a column would become another, or a key.
   */
  private additive(changes: SqlInMemory): SqlInMemory {
    this.unused = []
    for (const { tableName: table } of this.entityMetadatas.filter(({ target }) => this.outputs.has(target))) {
      const up = changes.upQueries.map(({ query }) => query)
      const isOfKey = up.some((query) => query.startsWith(`ALTER TABLE "${table}" `) && query.includes('CONSTRAINT'))
      if (isOfKey) {
        throw new StageError(
          `The key of the table "${table}" would change, but older versions of its stage use it: ${AS_NEW}.`,
        )
      }
      for (const column of droppedFrom(table, up)) {
        if (up.some((query) => query.startsWith(`ALTER TABLE "${table}" ADD "${column}" `))) {
          throw new StageError(
            `The column "${column}" of "${table}" would become another, but older versions use it: ${AS_NEW}.`,
          )
        }
        this.unused.push({ table, column })
        changes.upQueries = changes.upQueries.filter(({ query }) => query !== dropOf(table, column))
        changes.downQueries = changes.downQueries.filter(
          ({ query }) => !query.startsWith(`ALTER TABLE "${table}" ADD "${column}" `),
        )
      }
    }
    return changes
  }
}

const AS_NEW = 'give what is new a name of its own'

function droppedFrom(table: string, queries: readonly string[]): string[] {
  const start = `ALTER TABLE "${table}" DROP COLUMN "`
  return queries.filter((query) => query.startsWith(start)).map((query) => query.slice(start.length, -1))
}

function dropOf(table: string, column: string): string {
  return `ALTER TABLE "${table}" DROP COLUMN "${column}"`
}

import type { MigrationInterface, QueryRunner } from 'typeorm'

/** The seconds of a day can be more than an integer holds: nothing limits how many activities a user has on it. */
export class SumsAsBigint1795478400000 implements MigrationInterface {
  name = 'SumsAsBigint1795478400000'

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.query(`ALTER TABLE ${table} ${sumsAs('bigint')}`)
  }

  /** Fails where there are sums that an integer doesn't hold: discard these annotations first. */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.query(`ALTER TABLE ${table} ${sumsAs('integer')}`)
  }
}

const TABLES = ['nva_summary', 'sprint_summary']

function sumsAs(type: string): string {
  return ['nva_seconds_sum', 'va_seconds_sum', 'total_sum']
    .map((column) => `ALTER COLUMN ${column} TYPE ${type}`)
    .join(', ')
}

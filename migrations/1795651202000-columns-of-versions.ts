import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * Columns of a stage belong to its version: a row of another one has no value in them, so they may be null. What a
 * stage puts into them is checked before it is written.
 */
export class ColumnsOfVersions1795651202000 implements MigrationInterface {
  name = 'ColumnsOfVersions1795651202000'

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [table, columns] of NEVER_NULL) await queryRunner.query(alter(table, columns, 'DROP NOT NULL'))
  }

  /** Fails where there are rows of a version that lacks a column: delete those first. */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [table, columns] of NEVER_NULL) await queryRunner.query(alter(table, columns, 'SET NOT NULL'))
  }
}

const SUMS = ['nva_seconds_sum', 'va_seconds_sum', 'total_sum']

const NEVER_NULL: readonly [table: string, columns: readonly string[]][] = [
  ['time_split', ['nva_seconds', 'va_seconds', 'total_seconds']],
  ['nva_summary', SUMS],
  ['waste_trend', ['flagged']],
  ['sprint_summary', SUMS],
]

function alter(table: string, columns: readonly string[], action: string): string {
  return `ALTER TABLE ${table} ${columns.map((column) => `ALTER COLUMN ${column} ${action}`).join(', ')}`
}

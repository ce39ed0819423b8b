import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * Slices and annotations by user and period first, and by logic after: what a user's day holds for the source and for
 * every stage lies side by side, and most keys are told apart by their first 16 bytes.
 */
export class KeyByUserFirst1795392000000 implements MigrationInterface {
  name = 'KeyByUserFirst1795392000000'

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [table, , after] of KEYS) await queryRunner.query(withKey(table, after))
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [table, before] of KEYS) await queryRunner.query(withKey(table, before))
  }
}

const KEYS = [
  ['slice', 'logic, user_id, start_date, end_date', 'user_id, start_date, end_date, logic'],
  ['time_split', 'logic, user_id, date, activity_id', 'user_id, date, logic, activity_id'],
  ['nva_summary', 'logic, user_id, date', 'user_id, date, logic'],
  ['waste_trend', 'logic, user_id, week_start', 'user_id, week_start, logic'],
  ['sprint_summary', 'logic, user_id, start_date, end_date', 'user_id, start_date, end_date, logic'],
] as const

function withKey(table: string, columns: string): string {
  return `ALTER TABLE ${table} DROP CONSTRAINT ${table}_pkey, ADD CONSTRAINT ${table}_pkey PRIMARY KEY (${columns})`
}

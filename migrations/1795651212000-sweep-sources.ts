import type { MigrationInterface, QueryRunner } from 'typeorm'

/** When it was last looked for what a source no longer has, and how much went. */
export class SweepSources1795651212000 implements MigrationInterface {
  name = 'SweepSources1795651212000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE source_cursor ADD swept_at timestamptz')
    await queryRunner.query('ALTER TABLE ingest_batch ADD removed integer NOT NULL DEFAULT 0')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE ingest_batch DROP removed')
    await queryRunner.query('ALTER TABLE source_cursor DROP swept_at')
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm'

/** How many rows of a batch are no activities. */
export class CountSkipped1795651210000 implements MigrationInterface {
  name = 'CountSkipped1795651210000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE ingest_batch ADD skipped integer NOT NULL DEFAULT 0')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE ingest_batch DROP skipped')
  }
}

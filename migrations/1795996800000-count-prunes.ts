import type { MigrationInterface, QueryRunner } from 'typeorm'

/** How often slices of a logic were pruned: a slice that is lacking may be one that was there. */
export class CountPrunes1795996800000 implements MigrationInterface {
  name = 'CountPrunes1795996800000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE logic ADD prunes bigint NOT NULL DEFAULT 0')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE logic DROP COLUMN prunes')
  }
}

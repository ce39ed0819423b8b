import type { MigrationInterface, QueryRunner } from 'typeorm'

/** When a slice's values were last found to be up to date without running its stage. */
export class KnowWhenSlicesWereVerified1795824000000 implements MigrationInterface {
  name = 'KnowWhenSlicesWereVerified1795824000000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE slice ADD verified_at timestamptz')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE slice DROP COLUMN verified_at')
  }
}

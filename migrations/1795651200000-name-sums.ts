import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * The counters of a slice are called what they are, sums; and when it was last verified was never read. Older builds
 * don't run beside this one: they stop at the names.
 */
export class NameSums1795651200000 implements MigrationInterface {
  name = 'NameSums1795651200000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE slice RENAME verified TO source_sum')
    await queryRunner.query('ALTER TABLE slice RENAME inputs TO input_sum')
    await queryRunner.query('ALTER TABLE slice DROP verified_at')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE slice ADD verified_at timestamptz')
    await queryRunner.query('ALTER TABLE slice RENAME input_sum TO inputs')
    await queryRunner.query('ALTER TABLE slice RENAME source_sum TO verified')
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm'

/**
 * Whose refused rows are, and of which day. Those that are there already belong to nobody until they are refused again, by a pull or a
 * replay.
 */
export class AttributeQuarantinedRows1795737600000 implements MigrationInterface {
  name = 'AttributeQuarantinedRows1795737600000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE quarantined_row ADD user_key text, ADD stereotype_key text, ADD project_key text, ADD date date',
    )
    // Not by source first: without statistics Postgres would take these for those by the source's own keys.
    for (const key of ['user_key', 'project_key']) {
      await queryRunner.query(
        `CREATE INDEX quarantined_row_${key}_date_idx ON quarantined_row (${key}, date) WHERE status = 'OPEN'`,
      )
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      'ALTER TABLE quarantined_row DROP user_key, DROP stereotype_key, DROP project_key, DROP date',
    )
  }
}

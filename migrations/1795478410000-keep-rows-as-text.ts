import type { MigrationInterface, QueryRunner } from 'typeorm'

/** A refused row is kept as text: Postgres' own JSON refuses one that is nested deep. Going back fails where there is one. */
export class KeepRowsAsText1795478410000 implements MigrationInterface {
  name = 'KeepRowsAsText1795478410000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE quarantined_row ALTER COLUMN row TYPE text USING row::text')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE quarantined_row ALTER COLUMN row TYPE json USING row::json')
  }
}

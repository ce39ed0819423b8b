import type { MigrationInterface, QueryRunner } from 'typeorm'

/** When the source changed what is stored, so that an old version never takes the place of a newer one. */
export class OrderByChange1795564800000 implements MigrationInterface {
  name = 'OrderByChange1795564800000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE activity ADD changed_at timestamptz')
    await queryRunner.query('ALTER TABLE quarantined_row ADD changed_at timestamptz')
    await queryRunner.query(`CREATE INDEX quarantined_row_discarded_idx
        ON quarantined_row (source, fingerprint) WHERE status = 'DISCARDED'`)
    await queryRunner.query('ALTER TABLE ingest_batch ADD superseded integer NOT NULL DEFAULT 0')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE ingest_batch DROP superseded')
    await queryRunner.query('DROP INDEX quarantined_row_discarded_idx')
    await queryRunner.query('ALTER TABLE quarantined_row DROP changed_at')
    await queryRunner.query('ALTER TABLE activity DROP changed_at')
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Reports know whether they are of a pull, whether that is over, and why it failed; those that are there are as before. */
export class TracePulls1795564805000 implements MigrationInterface {
  name = 'TracePulls1795564805000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE ingest_batch
        ADD is_pull boolean NOT NULL DEFAULT false,
        ADD is_under_way boolean NOT NULL DEFAULT false,
        ADD error text`)
    await queryRunner.query(
      'CREATE INDEX ingest_batch_source_started_at_idx ON ingest_batch (source, started_at) WHERE is_pull',
    )
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP INDEX ingest_batch_source_started_at_idx')
    await queryRunner.query('ALTER TABLE ingest_batch DROP error, DROP is_under_way, DROP is_pull')
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Which of the kept rows count, while they are reprocessed. */
export class ReprocessBatches1795910421000 implements MigrationInterface {
  name = 'ReprocessBatches1795910421000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE live_version (
        source text NOT NULL,
        came bigint NOT NULL,
        row_index integer NOT NULL,
        external_id text,
        changed_at text,
        is_good boolean NOT NULL,
        fingerprint text,
        CONSTRAINT live_version_pkey PRIMARY KEY (source, came, row_index)
      )
    `)
    await queryRunner.query('CREATE INDEX live_version_source_external_id_idx ON live_version (source, external_id)')
    await queryRunner.query(
      'CREATE INDEX live_version_source_fingerprint_idx ON live_version (source, fingerprint) WHERE fingerprint IS NOT NULL',
    )
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE live_version')
  }
}

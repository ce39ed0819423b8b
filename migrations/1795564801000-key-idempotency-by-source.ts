import type { MigrationInterface, QueryRunner } from 'typeorm'

/** An idempotency key belongs to its source, and to the rows that it came with. */
export class KeyIdempotencyBySource1795564801000 implements MigrationInterface {
  name = 'KeyIdempotencyBySource1795564801000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE ingest_batch
        DROP CONSTRAINT ingest_batch_idempotency_key_key,
        ADD CONSTRAINT ingest_batch_source_idempotency_key_key UNIQUE (source, idempotency_key),
        ADD payload_hash text`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // A key that two sources used stays with the batch that had it first.
    await queryRunner.query(`UPDATE ingest_batch later SET idempotency_key = NULL
        FROM ingest_batch first
        WHERE first.idempotency_key = later.idempotency_key AND first.id < later.id`)
    await queryRunner.query(`ALTER TABLE ingest_batch
        DROP payload_hash,
        DROP CONSTRAINT ingest_batch_source_idempotency_key_key,
        ADD CONSTRAINT ingest_batch_idempotency_key_key UNIQUE (idempotency_key)`)
  }
}

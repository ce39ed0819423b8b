import type { MigrationInterface, QueryRunner } from 'typeorm'

/** What the ACL keeps: reports, refused rows, and how far each source was pulled. */
export class CreateIngest1795305601000 implements MigrationInterface {
  name = 'CreateIngest1795305601000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE ingest_batch (
        id uuid NOT NULL CONSTRAINT ingest_batch_pkey PRIMARY KEY,
        source text NOT NULL,
        idempotency_key text CONSTRAINT ingest_batch_idempotency_key_key UNIQUE,
        started_at timestamptz NOT NULL,
        finished_at timestamptz NOT NULL,
        received integer NOT NULL DEFAULT 0,
        inserted integer NOT NULL DEFAULT 0,
        updated integer NOT NULL DEFAULT 0,
        unchanged integer NOT NULL DEFAULT 0,
        quarantined integer NOT NULL DEFAULT 0
      )`)
    await queryRunner.query(`CREATE TYPE quarantine_status AS ENUM ('OPEN', 'RELEASED', 'DISCARDED')`)
    await queryRunner.query(`CREATE TABLE quarantined_row (
        id uuid NOT NULL CONSTRAINT quarantined_row_pkey PRIMARY KEY,
        source text NOT NULL,
        batch_id uuid NOT NULL,
        row_index integer NOT NULL,
        external_id text,
        row json NOT NULL,
        fingerprint text NOT NULL,
        problems jsonb NOT NULL,
        status quarantine_status NOT NULL DEFAULT 'OPEN',
        reason text,
        first_seen_at timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        attempts integer NOT NULL DEFAULT 1
      )`)
    await queryRunner.query(`CREATE UNIQUE INDEX quarantined_row_source_fingerprint_idx ON quarantined_row (source, fingerprint)
        WHERE status = 'OPEN'`)
    await queryRunner.query(
      `CREATE INDEX quarantined_row_source_external_id_idx ON quarantined_row (source, external_id) WHERE status = 'OPEN'`,
    )
    await queryRunner.query(`CREATE TABLE rejection (
        batch_id uuid NOT NULL,
        row_index integer NOT NULL,
        quarantined_row_id uuid NOT NULL,
        CONSTRAINT rejection_pkey PRIMARY KEY (batch_id, row_index)
      )`)
    await queryRunner.query('CREATE INDEX rejection_quarantined_row_id_idx ON rejection (quarantined_row_id)')
    await queryRunner.query(`CREATE TABLE source_cursor (
        source text NOT NULL CONSTRAINT source_cursor_pkey PRIMARY KEY,
        cursor jsonb
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE source_cursor')
    await queryRunner.query('DROP TABLE rejection')
    await queryRunner.query('DROP TABLE quarantined_row')
    await queryRunner.query('DROP TYPE quarantine_status')
    await queryRunner.query('DROP TABLE ingest_batch')
  }
}

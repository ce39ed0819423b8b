import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Who changed what stays, apart from what was changed. */
export class KeepAudit1796169601000 implements MigrationInterface {
  name = 'KeepAudit1796169601000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE audit_entry (
        id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        caller_name text NOT NULL,
        caller_id text NOT NULL,
        role text NOT NULL,
        request_id text,
        action text NOT NULL,
        details jsonb NOT NULL,
        outcome text,
        result jsonb,
        CONSTRAINT audit_entry_pkey PRIMARY KEY (id)
      )
    `)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE audit_entry')
  }
}

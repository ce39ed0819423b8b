import type { MigrationInterface, QueryRunner } from 'typeorm'

/** What is wrong with sources, what of it somebody is to be told, and what there is to tell. */
export class RaiseAlerts1795737601000 implements MigrationInterface {
  name = 'RaiseAlerts1795737601000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `ALTER TABLE ingest_batch ADD newly_quarantined integer NOT NULL DEFAULT 0, ADD is_told boolean NOT NULL DEFAULT false`,
    )
    await queryRunner.query(
      'CREATE INDEX ingest_batch_untold_idx ON ingest_batch (finished_at) WHERE newly_quarantined > 0 AND NOT is_told',
    )
    await queryRunner.query('CREATE INDEX ingest_batch_sent_idx ON ingest_batch (source, started_at) WHERE NOT is_pull')
    await queryRunner.query(
      `CREATE TABLE alert (
        source text NOT NULL, kind text NOT NULL, raised_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT alert_pkey PRIMARY KEY (source, kind)
      )`,
    )
    await queryRunner.query(
      `CREATE TABLE alert_message (
        id uuid NOT NULL, message jsonb NOT NULL, attempts integer NOT NULL DEFAULT 0,
        made_at timestamptz NOT NULL DEFAULT now(), due_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT alert_message_pkey PRIMARY KEY (id)
      )`,
    )
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE alert_message')
    await queryRunner.query('DROP TABLE alert')
    await queryRunner.query('DROP INDEX ingest_batch_sent_idx')
    await queryRunner.query('ALTER TABLE ingest_batch DROP is_told, DROP newly_quarantined')
  }
}

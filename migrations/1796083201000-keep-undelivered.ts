import type { MigrationInterface, QueryRunner } from 'typeorm'

/** What a handler failed at is tried again, and at last kept for a person to look at. */
export class KeepUndelivered1796083201000 implements MigrationInterface {
  name = 'KeepUndelivered1796083201000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE undelivered_event (
        id uuid NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL,
        subscription text NOT NULL,
        payload json NOT NULL,
        error text NOT NULL,
        attempts integer NOT NULL,
        failed_at timestamptz NOT NULL DEFAULT now(),
        due_at timestamptz,
        CONSTRAINT undelivered_event_pkey PRIMARY KEY (id),
        CONSTRAINT undelivered_event_event_id_subscription_key UNIQUE (event_id, subscription)
      )
    `)
    await queryRunner.query(
      'CREATE INDEX undelivered_event_due_at_idx ON undelivered_event (due_at) WHERE due_at IS NOT NULL',
    )
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE undelivered_event')
  }
}

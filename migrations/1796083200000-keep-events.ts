import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Facts are written with what they tell of, and stay until whoever subscribed was told. */
export class KeepEvents1796083200000 implements MigrationInterface {
  name = 'KeepEvents1796083200000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE outbox (
        place bigint GENERATED ALWAYS AS IDENTITY,
        id uuid NOT NULL,
        type text NOT NULL,
        payload json NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        published_at timestamptz,
        CONSTRAINT outbox_pkey PRIMARY KEY (place)
      )
    `)
    await queryRunner.query('CREATE INDEX outbox_place_idx ON outbox (place) WHERE published_at IS NULL')
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE outbox')
  }
}

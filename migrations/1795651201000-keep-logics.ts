import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Every logic that was ever used is known: what it is the hash of, since when, and whether it is still in use. */
export class KeepLogics1795651201000 implements MigrationInterface {
  name = 'KeepLogics1795651201000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE logic (
        logic text NOT NULL,
        stage text NOT NULL,
        version integer NOT NULL,
        definition jsonb NOT NULL,
        first_used_at timestamptz NOT NULL DEFAULT now(),
        state text NOT NULL,
        CONSTRAINT logic_pkey PRIMARY KEY (logic)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE logic')
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Annotations of the stage time_split. */
export class CreateTimeSplit1795305603000 implements MigrationInterface {
  name = 'CreateTimeSplit1795305603000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE time_split (
        logic text NOT NULL,
        user_id uuid NOT NULL,
        date date NOT NULL,
        activity_id uuid NOT NULL,
        nva_seconds integer NOT NULL,
        va_seconds integer NOT NULL,
        total_seconds integer NOT NULL,
        CONSTRAINT time_split_pkey PRIMARY KEY (logic, user_id, date, activity_id)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE time_split')
  }
}

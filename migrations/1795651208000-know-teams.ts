import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Teams, and who was in them when. */
export class KnowTeams1795651208000 implements MigrationInterface {
  name = 'KnowTeams1795651208000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE team (
        id uuid NOT NULL,
        name text NOT NULL,
        CONSTRAINT team_pkey PRIMARY KEY (id),
        CONSTRAINT team_name_key UNIQUE (name)
      )`)
    await queryRunner.query(`CREATE TABLE team_member (
        team_id uuid NOT NULL,
        user_id uuid NOT NULL,
        start_date date NOT NULL,
        end_date date,
        CONSTRAINT team_member_pkey PRIMARY KEY (team_id, user_id, start_date)
      )`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE team_member')
    await queryRunner.query('DROP TABLE team')
  }
}

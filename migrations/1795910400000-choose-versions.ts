import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Which version of a stage answers is said by the cache, not by a deployment; every change of it is kept, with who and why. */
export class ChooseVersions1795910400000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE "stage_version" (
        "stage" text PRIMARY KEY,
        "version" integer NOT NULL,
        "offered" integer NOT NULL
      )`)
    await queryRunner.query(`
      CREATE TABLE "stage_promotion" (
        "id" uuid PRIMARY KEY,
        "stage" text NOT NULL,
        "version" integer NOT NULL,
        "former_version" integer,
        "promoted_at" timestamptz NOT NULL DEFAULT now(),
        "promoted_by" text,
        "reason" text,
        "checklist" jsonb NOT NULL DEFAULT '[]'
      )`)
    await queryRunner.query(`CREATE INDEX "stage_promotion_stage_id_idx" ON "stage_promotion" ("stage", "id")`)
    await queryRunner.query(`
      INSERT INTO stage_version (stage, version, offered)
      SELECT DISTINCT ON (stage) stage, version, version FROM logic
      ORDER BY stage, state = 'ACTIVE' DESC, version DESC`)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE "stage_promotion"')
    await queryRunner.query('DROP TABLE "stage_version"')
  }
}

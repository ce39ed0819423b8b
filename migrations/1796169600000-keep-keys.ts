import type { MigrationInterface, QueryRunner } from 'typeorm'

/** Who may ask: keys, of which hashes are kept, and who logged in with one or by an issuer. */
export class KeepKeys1796169600000 implements MigrationInterface {
  name = 'KeepKeys1796169600000'

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE api_key (
        id uuid NOT NULL,
        name text NOT NULL,
        role text NOT NULL,
        team_ids jsonb,
        user_ids jsonb,
        sources jsonb,
        secret_hash text NOT NULL,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz,
        CONSTRAINT api_key_pkey PRIMARY KEY (id),
        CONSTRAINT api_key_secret_hash_key UNIQUE (secret_hash)
      )
    `)
    await queryRunner.query(`
      CREATE TABLE login_session (
        token_hash text NOT NULL,
        key_id uuid,
        caller jsonb,
        expires_at timestamptz NOT NULL,
        CONSTRAINT login_session_pkey PRIMARY KEY (token_hash)
      )
    `)
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE login_session')
    await queryRunner.query('DROP TABLE api_key')
  }
}

/**
 * The tables of `timesheets`.
 *
 * `time_entries` is as the first version of the product left it: no key, no foreign keys, dates as text and durations
 * as floating point, so that whatever was ever typed stands in it.
 */
export const tablesSql = `
CREATE TABLE employees (
  id        integer PRIMARY KEY,
  full_name text
);

CREATE TABLE activity_kinds (
  id    integer PRIMARY KEY,
  code  text,
  label text
);

CREATE TABLE iterations (
  id        integer PRIMARY KEY,
  title     text,
  starts_on date,
  ends_on   date
);

CREATE TABLE projects (
  id     integer PRIMARY KEY,
  name   text,
  client text
);

CREATE TABLE teams (
  id   integer PRIMARY KEY,
  name text
);

CREATE TABLE team_members (
  team_id     integer,
  employee_id integer,
  starts_on   date,
  ends_on     date
);

CREATE TABLE time_entries (
  id               text,
  activity_date    text,
  duration_seconds double precision,
  value_type       text,
  stereotype_id    integer,
  user_id          integer,
  project_id       integer,
  updated_at       timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX time_entries_updated_at_id ON time_entries (updated_at, id);
`

/** From here on every insert and update of a time entry is stamped with the time at which it happens. */
export const stampSql = `
CREATE FUNCTION stamp_time_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;

CREATE TRIGGER stamp_time_entry
  BEFORE INSERT OR UPDATE ON time_entries
  FOR EACH ROW EXECUTE FUNCTION stamp_time_entry();
`

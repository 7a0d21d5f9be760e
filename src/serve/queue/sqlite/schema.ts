/**
 * The tables of the store, as steps from one version to the next. A step that was in a release is never changed: another one is added.
 *
 * What changes stands in narrow rows (`job`), what is long is written once (`record`, `result`): a job that begins does not write its
 * sources again. The rows of `job` are numbered in order of arrival.
 */
const first = `
CREATE TABLE job (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  dialect TEXT NOT NULL,
  class INTEGER NOT NULL,
  key TEXT NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  starts INTEGER NOT NULL DEFAULT 0,
  counted INTEGER NOT NULL DEFAULT 0,
  added INTEGER NOT NULL,
  started INTEGER,
  deadline INTEGER,
  keep INTEGER,
  called INTEGER NOT NULL,
  cancelled INTEGER NOT NULL DEFAULT 0,
  dead INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL,
  expires INTEGER
) STRICT;
CREATE INDEX job_open ON job (seq) WHERE state < 2;
CREATE INDEX job_deadline ON job (deadline) WHERE state = 0 AND deadline IS NOT NULL;
CREATE INDEX job_expires ON job (expires) WHERE state = 2;
CREATE INDEX job_dialect ON job (dialect, seq);
CREATE TABLE record (seq INTEGER PRIMARY KEY, job TEXT NOT NULL) STRICT;
CREATE TABLE result (seq INTEGER PRIMARY KEY, result TEXT NOT NULL) STRICT;
CREATE TABLE content (seq INTEGER NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, ended INTEGER NOT NULL, PRIMARY KEY (seq, sha256)) STRICT, WITHOUT ROWID;
CREATE INDEX content_sha256 ON content (sha256, ended);
CREATE TABLE callback (seq INTEGER PRIMARY KEY, due INTEGER, attempts INTEGER NOT NULL DEFAULT 0, error TEXT) STRICT;
CREATE INDEX callback_due ON callback (due) WHERE due IS NOT NULL;
CREATE TABLE idempotency (
  number INTEGER PRIMARY KEY,
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  id TEXT NOT NULL,
  expires INTEGER NOT NULL,
  UNIQUE (caller, key)
) STRICT;
CREATE INDEX idempotency_expires ON idempotency (expires);
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`;

/** The step at place N leads from version N to N + 1. */
export const schemaSteps: readonly string[] = [first];

/** In the head of the file, so that nothing else is taken for it: "miso". */
export const applicationId = 0x6d69736f;

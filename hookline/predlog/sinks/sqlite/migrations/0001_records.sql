-- Records by kind. `body` is the record's line; the columns are what is asked for, and are made from it.
-- Times are microseconds since 1970, UTC.
CREATE TABLE prediction (
    prediction_id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    request_id TEXT,
    row INTEGER,
    model_id TEXT,
    model_version TEXT,
    door TEXT,
    id TEXT,
    class_name TEXT,
    score REAL,
    value REAL,
    flags TEXT,
    ms REAL,
    body TEXT NOT NULL
);
CREATE INDEX prediction_at ON prediction (at);
CREATE INDEX prediction_version ON prediction (model_version, at);
CREATE INDEX prediction_class ON prediction (class_name, at);
CREATE INDEX prediction_caller_id ON prediction (id, at) WHERE id IS NOT NULL;
CREATE INDEX prediction_request ON prediction (request_id);
CREATE INDEX prediction_flags ON prediction (at, flags) WHERE flags IS NOT NULL;

CREATE TABLE truth (
    truth_id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    prediction_id TEXT,
    id TEXT,
    actual TEXT NOT NULL,
    request_id TEXT
);
CREATE INDEX truth_at ON truth (at);
CREATE INDEX truth_prediction ON truth (prediction_id, at) WHERE prediction_id IS NOT NULL;
CREATE INDEX truth_caller_id ON truth (id, at) WHERE id IS NOT NULL;

CREATE TABLE model (
    event_id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    model_id TEXT,
    model_version TEXT,
    body TEXT NOT NULL
);
CREATE INDEX model_at ON model (at);

-- How far the journal of each writer is in here; moved in the transaction that stores the records.
-- The writer '' stands for all whose journals are gone.
CREATE TABLE cursor (
    writer TEXT NOT NULL PRIMARY KEY,
    segment INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,
    delivered INTEGER NOT NULL DEFAULT 0,
    dead_lettered INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0
);

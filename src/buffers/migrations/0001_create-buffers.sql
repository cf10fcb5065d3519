-- Up Migration

-- One row a buffer; locked_by is the name of the client that owns it, NULL while it is free.
CREATE TABLE buffers (id integer PRIMARY KEY, locked_by text);

-- Down Migration

DROP TABLE buffers;

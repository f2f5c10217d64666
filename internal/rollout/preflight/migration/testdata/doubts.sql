\i other.sql
DO $$ BEGIN EXECUTE 'DROP TABLE mocs'; END $$;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ DROP TABLE mocs; $$ nothing $$ $body$;
SELECT 'a\'; DROP TABLE hidden; --';
SELECT E'a\'; DROP TABLE hidden; --';
/*!50001 DROP TABLE mocs */;
SELECT data #> '{a}', data #>> '{b}' FROM t;
# DROP TABLE mocs;
COPY mocs (id, title) FROM stdin;
1	it's; DROP TABLE mocs;
\.
{{ if .Down }} DROP TABLE mocs;
CALL tidy();
REVOKE ALL ON mocs FROM app;
SELECT $1, a$b$c FROM mocs;
SELECT 'never closed; DROP TABLE mocs;

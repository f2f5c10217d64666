-- DROP TABLE mocs; is only a comment
/* DROP TABLE mocs; /* nested */
   DROP TABLE mocs; */
INSERT INTO notes (text) VALUES ('DROP TABLE mocs; it''s a text');
DROP TABLE IF EXISTS mocs, public."Images" CASCADE;
ALTER TABLE ONLY mocs DROP COLUMN IF EXISTS title, DROP subtitle;
alter table mocs rename column a to b;
ALTER TABLE mocs RENAME a TO b;
ALTER TABLE mocs RENAME TO models;
RENAME TABLE a TO b, c TO d;
DROP TYPE colour;
DROP VIEW v;
DROP INDEX CONCURRENTLY mocs_title;
DROP FUNCTION f(int, text);
DROP WEATHER today;
TRUNCATE TABLE mocs, images;
DELETE FROM mocs;
DELETE FROM mocs WHERE id = 1;
ALTER TABLE mocs SET SCHEMA old;
ALTER TABLE mocs DROP CONSTRAINT mocs_pkey;
ALTER TABLE mocs DROP key;
ALTER TYPE colour RENAME VALUE 'red' TO 'crimson';
ALTER TYPE colour ADD VALUE 'teal';
ALTER VIEW v RENAME TO w;
DROP TABLE mocs /* the last has no semicolon */

-- +goose Up
ALTER TABLE mocs ADD COLUMN note text;
-- +goose Down
ALTER TABLE mocs DROP COLUMN note;
SELECT 'unclosed on the way back';
-- +goose Up
TRUNCATE mocs;

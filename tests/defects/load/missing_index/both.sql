CREATE TABLE planted_rate AS SELECT 'c' || n AS code, n AS rate, repeat('x', 60) AS note FROM generate_series(1, 80000) n;
CREATE INDEX planted_rate_code ON planted_rate (code);
ANALYZE planted_rate;

DROP INDEX planted_rate_code;

DROP TABLE idempotency_keys, api_keys;

DROP TABLE idempotency_keys, api_keys, wallet_tiers, sign_in_challenges;

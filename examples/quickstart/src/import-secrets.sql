INSERT INTO archestra_secrets (name, value)
SELECT 'old-application/' || name, json_object('password', password)
FROM old.credentials;

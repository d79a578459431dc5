UPDATE agents SET registration_state = 'pending' WHERE registration_state = 'unreachable';
ALTER TABLE agents DROP CONSTRAINT agents_registration_state_check;
ALTER TABLE agents ADD CONSTRAINT agents_registration_state_check CHECK (registration_state IN
    ('none', 'valid', 'faulty', 'pending', 'unreadable', 'unsupported'));
DROP INDEX idx_agents_pending;
DROP INDEX idx_agents_remote_uri;
DROP TABLE remote_files;

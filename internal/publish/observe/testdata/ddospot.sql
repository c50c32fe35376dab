-- Made into ddospot.sqlite by: sqlite3 ddospot.sqlite <ddospot.sql
-- The tables of DDoSPot's dnspot; addresses are numbers (198.51.100.200 is 3325256904), times local.
PRAGMA page_size = 512;
CREATE TABLE dnspot_sources (src_ip INTEGER NOT NULL, src_port INTEGER, first_seen DATETIME, last_seen DATETIME, PRIMARY KEY (src_ip));
CREATE TABLE dnspot_domains (id INTEGER NOT NULL, domain_name VARCHAR(255), opcode SMALLINT, dns_type VARCHAR(255), dns_cls VARCHAR(255), first_seen DATETIME, PRIMARY KEY (id));
CREATE TABLE dnspot_attack (
  src_id INTEGER NOT NULL, domain_id INTEGER NOT NULL, start DATETIME NOT NULL, latest DATETIME, count INTEGER, num_entries INTEGER, response BLOB, amplification FLOAT,
  PRIMARY KEY (src_id, domain_id, start), FOREIGN KEY(src_id) REFERENCES dnspot_sources (src_ip)
);
INSERT INTO dnspot_domains VALUES (1, 'any.example', 0, 'ANY', 'IN', '2026-11-20 10:00:00.000000');
INSERT INTO dnspot_attack VALUES
  (3325256904, 1, '2026-11-20 10:12:00.250000', '2026-11-20 10:14:00.750000', 3000, 0, x'00ff', 12.5),
  (3325256711, 1, '2026-11-20 10:13:00.000000', NULL, 1, 0, NULL, 0),
  (3325256712, 9, '2026-11-20 10:13:01.000000', '2026-11-20 10:13:40.000000', 40, 0, NULL, 0),
  (99999999999, 1, '2026-11-20 10:13:02.000000', NULL, 1, 0, NULL, 0);

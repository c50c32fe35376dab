-- Made into dionaea.sqlite by: sqlite3 dionaea.sqlite <dionaea.sql
-- The tables of log_sqlite that are read.
PRAGMA page_size = 512;
CREATE TABLE connections (
  connection INTEGER PRIMARY KEY, connection_type TEXT, connection_transport TEXT, connection_protocol TEXT,
  connection_timestamp INTEGER, connection_root INTEGER, connection_parent INTEGER,
  local_host TEXT, local_port INTEGER, remote_host TEXT, remote_hostname TEXT, remote_port INTEGER
);
CREATE INDEX connections_root_idx ON connections (connection_root);
CREATE TABLE dcerpcrequests (
  dcerpcrequest INTEGER PRIMARY KEY, connection INTEGER, dcerpcrequest_uuid TEXT, dcerpcrequest_opnum INTEGER
  -- CONSTRAINT dcerpcs_connection_fkey FOREIGN KEY (connection) REFERENCES connections (connection)
);
CREATE TABLE offers (offer INTEGER PRIMARY KEY, connection INTEGER, offer_url TEXT);
CREATE TABLE downloads (download INTEGER PRIMARY KEY, connection INTEGER, download_url TEXT, download_md5_hash TEXT);
CREATE TABLE p0fs (p0f INTEGER PRIMARY KEY, connection INTEGER, p0f_genre TEXT, p0f_link TEXT, p0f_detail TEXT, p0f_uptime INTEGER);
CREATE TABLE logins (login INTEGER PRIMARY KEY, connection INTEGER, login_username TEXT, login_password TEXT);
INSERT INTO connections VALUES
  (1, 'listen', 'tcp', 'smbd', 1795137100.5, 1, NULL, '192.0.2.10', 445, '', '', 0),
  (2, 'accept', 'tcp', 'smbd', 1795137120.25, 2, NULL, '::ffff:192.0.2.10', 445, '::ffff:198.51.100.7', '', 1401),
  (3, 'connect', 'tcp', 'httpd', 1795137121.75, 2, 2, '192.0.2.10', 36755, '198.51.100.23', 'dl.kagerou.example', 80),
  (4, 'accept', 'tcp', 'mssqld', 1795137130, 4, NULL, '192.0.2.10', 1433, '198.51.100.8', '', 1420),
  (5, 'connect', 'tcp', 'mirrorc', 1795137131, 5, NULL, '192.0.2.10', 3306, '198.51.100.8', '', 3306),
  (6, NULL, 'tcp', 'smbd', 1795137132, 6, NULL, '192.0.2.10', 445, '198.51.100.9', '', 1402);
INSERT INTO dcerpcrequests VALUES (1, 2, '4b324fc8-1670-01d3-1278-5a47bf6ee188', 31), (2, 2, '12345778-1234-abcd-ef00-0123456789ac', 64);
INSERT INTO offers VALUES (1, 2, 'http://dl.kagerou.example/x.exe');
INSERT INTO downloads VALUES (1, 3, 'http://dl.kagerou.example/x.exe', '5eb63bbbe01eeed093cb22bb8f5acdc3'), (2, 3, 'emulate://', 'd41d8cd98f00b204e9800998ecf8427e');
INSERT INTO p0fs VALUES (1, 2, 'Windows', 'ethernet/modem', '2000 SP4', -1);
INSERT INTO logins VALUES (1, 4, 'sa', ''), (2, 4, 'hanako.suzuki', 'Geheim-0815');

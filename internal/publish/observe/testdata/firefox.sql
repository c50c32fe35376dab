-- Made into firefox.sqlite by: sqlite3 firefox.sqlite <firefox.sql
-- The tables of Firefox's places.sqlite (2026), with the columns that matter and some that do not.
PRAGMA page_size = 512;
CREATE TABLE moz_places ( id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR, rev_host LONGVARCHAR, visit_count INTEGER DEFAULT 0, guid TEXT, description TEXT);
CREATE TABLE moz_historyvisits ( id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER, visit_date INTEGER, visit_type INTEGER, session INTEGER, source INTEGER DEFAULT 0 NOT NULL);
INSERT INTO moz_places VALUES
  (1, 'https://innocent.example/private', 'hanako reads', 'elpmaxe.tneconni.', 1, 'a', NULL),
  (2, 'https://dl.sazanami.example/S1.doc?id=private', NULL, '', 1, 'b', NULL);
INSERT INTO moz_historyvisits VALUES
  (1, 0, 1, 1795137120000000, 1, 0, 0),
  (2, 1, 2, 1795137121250000, 1, 0, 0),
  (3, 0, 1, 1795137122000000, 1, 0, 0);

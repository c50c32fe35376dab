-- Made into chrome.sqlite by: sqlite3 chrome.sqlite <chrome.sql
-- The tables of Chromium's History (2026), with the columns that matter and some that do not.
PRAGMA page_size = 512;
CREATE TABLE meta(key LONGVARCHAR NOT NULL UNIQUE PRIMARY KEY, value LONGVARCHAR);
CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT,url LONGVARCHAR,title LONGVARCHAR,visit_count INTEGER DEFAULT 0 NOT NULL,typed_count INTEGER DEFAULT 0 NOT NULL,last_visit_time INTEGER NOT NULL,hidden INTEGER DEFAULT 0 NOT NULL);
CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT,url INTEGER NOT NULL,visit_time INTEGER NOT NULL,from_visit INTEGER,external_referrer_url TEXT,transition INTEGER DEFAULT 0 NOT NULL,segment_id INTEGER,visit_duration INTEGER DEFAULT 0 NOT NULL);
INSERT INTO meta VALUES ('version', '70');
INSERT INTO urls VALUES
  (1, 'https://portal.hinata.example/private-words', 'hanako at work', 1, 1, 0, 0),
  (2, 'http://news.sazanami.example/weekly?user=hanako', 'Weekly', 2, 0, 0, 0),
  (3, 'https://innocent.example/private', 'hanako reads', 1, 0, 0, 0),
  (4, 'file:///home/hanako/S1.doc', '', 1, 0, 0, 0);
-- microseconds since 1601: 13439610720000000 is 2026-11-20T01:12:00Z
INSERT INTO visits VALUES
  (7, 1, 13439610720000000, 0, '', 805306368, 0, 0),
  (8, 2, 13439610725500000, 7, '', 805306368, 0, 0),
  (9, 3, 13439610730000000, 8, '', 805306368, 0, 0),
  (10, 2, 13439610790000000, 0, 'https://mail.innocent.example/inbox?id=private', 805306368, 0, 0),
  (11, 4, 13439610791000000, 0, NULL, 0, 0, 0),
  (12, 99, 13439610792000000, 0, NULL, 0, 0, 0);

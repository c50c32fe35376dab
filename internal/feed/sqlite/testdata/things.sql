-- Made into things.sqlite by: sqlite3 things.sqlite <things.sql
PRAGMA page_size = 512;
PRAGMA auto_vacuum = 0;
CREATE TABLE "the things" ( -- a comment, with (signs)
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  [a name] VARCHAR(255) DEFAULT 'x,y' CHECK ("a name" <> ')'),
  number, /* no type */
  `real` REAL,
  UNIQUE (number, "a name") ON CONFLICT IGNORE,
  CONSTRAINT c FOREIGN KEY (id) REFERENCES other (id)
);
CREATE TABLE other (id INTEGER, word TEXT, PRIMARY KEY (id));
CREATE TABLE keyed (word TEXT PRIMARY KEY, n INT) WITHOUT ROWID;
CREATE VIEW seen AS SELECT * FROM other;
INSERT INTO "the things" VALUES
  (1, 'null', NULL, NULL), (2, 'zero', 0, 0.0), (3, 'one', 1, 1.5), (4, 'bytes', -1, -1e300), (5, 'two bytes', -300, 2.0),
  (6, 'three', 70000, 0), (7, 'four', -20000000, 0), (8, 'six', 200000000000, 0), (9, 'eight', -9000000000000000000, 0),
  (10, 'blob', x'00ff10', 0), (11, '日本語', 'text', 0), (1000, printf('%.2500c', 'l'), 'long', 0);
WITH RECURSIVE n(i) AS (SELECT 2000 UNION ALL SELECT i + 7 FROM n WHERE i < 2700)
  INSERT INTO "the things" SELECT i, 'row ' || i, i * i, i / 4.0 FROM n;
DELETE FROM "the things" WHERE id BETWEEN 2100 AND 2200;
ALTER TABLE "the things" ADD COLUMN later TEXT DEFAULT 'd';
INSERT INTO "the things" VALUES (5000, 'last', 1, 1.0, 'now');
INSERT INTO other VALUES (3, 'three'), (1, 'one'), (2, NULL);
INSERT INTO keyed VALUES ('a', 1);

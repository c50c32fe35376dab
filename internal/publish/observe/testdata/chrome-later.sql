-- Made into chrome-later.sqlite by: sqlite3 chrome-later.sqlite <chrome-later.sql
-- The same history days later: what is old was deleted, something new has come.
.read chrome.sql
DELETE FROM visits WHERE id < 11;
INSERT INTO visits VALUES (13, 2, 13439697120000000, 0, NULL, 0, 0, 0);

export const REVISION = `SELECT value FROM meta WHERE key = 'revision'`;
export const NEXT_REVISION = `UPDATE meta SET value = value + 1 WHERE key = 'revision' RETURNING value`;

export const LESSON_HASH = `SELECT hash FROM lesson WHERE id = ?`;
export const SAVE_LESSON = `
  INSERT INTO lesson (id, status, content, hash, revision, recorded_at, saved_at, by)
  VALUES (@id, @status, @content, @hash, @revision, @at, @at, @by)
  ON CONFLICT (id) DO UPDATE SET status = excluded.status, content = excluded.content, hash = excluded.hash,
    revision = excluded.revision, saved_at = excluded.saved_at, by = excluded.by`;
export const SAVE_VERSION = `INSERT INTO lesson_version (id, revision, content, by, at) VALUES (@id, @revision, @content, @by, @at)`;
export const GET_LESSON = `SELECT * FROM lesson WHERE id = ?`;
export const LIST_LESSONS = `
  SELECT * FROM lesson WHERE id > @after AND (@status IS NULL OR status = @status) ORDER BY id LIMIT @limit`;
export const CHANGED_LESSONS = `SELECT * FROM lesson WHERE revision > @revision ORDER BY revision LIMIT @limit`;
export const VERSIONS = `SELECT * FROM lesson_version WHERE id = ? ORDER BY revision`;

export const COUNT = {
  shown: `UPDATE lesson SET shown = shown + 1 WHERE id = ?`,
  acknowledged: `UPDATE lesson SET acknowledged = acknowledged + 1 WHERE id = ?`,
  prevented: `UPDATE lesson SET prevented = prevented + 1 WHERE id = ?`,
  recurred: `UPDATE lesson SET recurred = recurred + 1 WHERE id = ?`,
} as const;
export const COUNTERS = `SELECT shown, acknowledged, prevented, recurred FROM lesson WHERE id = ?`;

export const DROP_DECLARED = `DELETE FROM link WHERE src = ? AND declared = 1`;
export const SAVE_LINK = `
  INSERT INTO link (src, kind, dst, declared, weight, at) VALUES (@from, @kind, @to, @declared, @weight, @at)
  ON CONFLICT (src, kind, dst, declared) DO UPDATE SET weight = excluded.weight, at = excluded.at`;
export const LINKS_OF = `
  SELECT src AS "from", kind, dst AS "to", weight, at FROM link WHERE src = @node
  UNION ALL SELECT src, kind, dst, weight, at FROM link WHERE dst = @node`;

export const LOG_CONSULT = `INSERT INTO consult (id, at, record) VALUES (@id, @at, @record)`;
export const CONSULTS = `SELECT record FROM consult ORDER BY seq DESC LIMIT ?`;

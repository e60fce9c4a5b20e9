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
/** The version of each lesson that was known then; `day` null = whenever it was true. */
const VERSION_THEN = `
  SELECT l.id AS id, v.content, l.recorded_at, v.revision, v.at AS saved_at, v.by, shown, acknowledged, prevented, recurred
  FROM lesson l JOIN lesson_version v ON v.id = l.id AND v.revision =
    (SELECT max(revision) FROM lesson_version WHERE id = l.id AND (@known IS NULL OR at <= @known))
  WHERE (@day IS NULL OR (coalesce(v.content ->> 'valid_from', @day) <= @day
    AND @day <= coalesce(v.content ->> 'valid_to', @day)))`;
export const GET_LESSON_THEN = `${VERSION_THEN} AND l.id = @id`;
export const LIST_LESSONS_THEN = `${VERSION_THEN} AND l.id > @after
  AND (@status IS NULL OR v.content ->> 'status' = @status) ORDER BY l.id LIMIT @limit`;
export const CHANGED_LESSONS = `SELECT * FROM lesson WHERE revision > @revision ORDER BY revision LIMIT @limit`;
export const VERSIONS = `SELECT * FROM lesson_version WHERE id = ? ORDER BY revision`;

export const COUNT = {
  shown: `UPDATE lesson SET shown = shown + @times WHERE id = @id`,
  acknowledged: `UPDATE lesson SET acknowledged = acknowledged + @times WHERE id = @id`,
  prevented: `UPDATE lesson SET prevented = prevented + @times WHERE id = @id`,
  recurred: `UPDATE lesson SET recurred = recurred + @times WHERE id = @id`,
} as const;
export const COUNTERS = `SELECT shown, acknowledged, prevented, recurred FROM lesson WHERE id = ?`;

/** `live` rows of one lesson, to see what it no longer declares. */
export const DECLARED_BY = `SELECT seq, kind, dst FROM link WHERE src = ? AND declared = 1 AND retired_at IS NULL`;
export const LIVE_LINK = `
  SELECT * FROM link WHERE src = @from AND kind = @kind AND dst = @to AND declared = @declared AND retired_at IS NULL`;
export const RETIRE_LINK = `UPDATE link SET retired_at = @at, revision = @revision WHERE seq = @seq`;
export const SAVE_LINK = `
  INSERT INTO link (src, kind, dst, declared, weight, data, valid_from, valid_to, recorded_at, revision)
  VALUES (@from, @kind, @to, @declared, @weight, @data, @validFrom, @validTo, @at, @revision)`;
export const LINKS_OF = `
  SELECT * FROM link WHERE src = @node UNION ALL SELECT * FROM link WHERE dst = @node AND src <> @node`;
export const FOUND_LINKS = `SELECT * FROM link WHERE declared = 0 AND revision > ? ORDER BY seq`;

export const LIVE_NODE = `SELECT * FROM node WHERE id = ? AND retired_at IS NULL`;
export const RETIRE_NODE = `UPDATE node SET retired_at = @at WHERE id = @id AND retired_at IS NULL`;
export const SAVE_NODE = `
  INSERT INTO node (id, kind, data, valid_from, valid_to, recorded_at, by)
  VALUES (@id, @kind, @data, @validFrom, @validTo, @at, @by)`;
export const NODE_VERSIONS = `SELECT * FROM node WHERE kind = @kind AND id = @id ORDER BY seq`;
/** `known` null = now, `day` null = whenever it was true. */
export const LIST_NODES = `
  SELECT * FROM node WHERE seq IN (
    SELECT max(seq) FROM node WHERE kind = @kind AND id > @after
      AND CASE WHEN @known IS NULL THEN retired_at IS NULL
          ELSE recorded_at <= @known AND (retired_at IS NULL OR @known < retired_at) END
      AND (@day IS NULL OR ((valid_from IS NULL OR substr(valid_from, 1, 10) <= @day)
        AND (valid_to IS NULL OR @day <= substr(valid_to, 1, 10))))
    GROUP BY id ORDER BY id LIMIT @limit)
  ORDER BY id`;

export const GIVE_FEEDBACK = `
  INSERT INTO feedback (lesson, verdict, by, at, receipt) VALUES (@lesson, @verdict, @by, @at, @receipt)`;
export const VOICES = `SELECT seq, lesson, verdict, by, at, receipt FROM feedback WHERE seq > @after ORDER BY seq LIMIT @limit`;
export const FEEDBACK = `
  SELECT verdict, count(*) AS voices FROM feedback f WHERE lesson = ?
    AND seq = (SELECT max(seq) FROM feedback WHERE lesson = f.lesson AND by = f.by) GROUP BY verdict`;

export const SAVE_VECTOR = `
  INSERT INTO vector (lesson, model, hash, bytes) VALUES (@lesson, @model, @hash, @bytes)
  ON CONFLICT (model, lesson) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes`;
export const VECTORS = `
  SELECT lesson, hash, bytes FROM vector WHERE model = @model AND lesson > @after ORDER BY lesson LIMIT @limit`;

export const LOG_CONSULT = `INSERT INTO consult (id, at, record) VALUES (@id, @at, @record)`;
export const CONSULTS = `SELECT record FROM consult ORDER BY seq DESC LIMIT ?`;

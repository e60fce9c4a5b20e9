export const INSERT_ENTRY = 'INSERT INTO entries (seq, body, hash) VALUES (@seq, @body, @hash)';

export const SET_HEAD =
  'INSERT INTO head (id, seq, hash) VALUES (1, @seq, @hash) ON CONFLICT (id) DO UPDATE SET seq = @seq, hash = @hash';

export const HEAD = 'SELECT seq, hash FROM head WHERE id = 1';

export const ENTRY = 'SELECT seq, body, hash FROM entries WHERE seq = ?';

export const ALL_ENTRIES = 'SELECT seq, body, hash FROM entries ORDER BY seq';

export const ENTRIES_OF_PLAN = 'SELECT seq, body, hash FROM entries WHERE plan = ? ORDER BY seq';

export const LAST_FREEZE = `
  SELECT seq, body, hash FROM entries
  WHERE seq = (SELECT max(seq) FROM entries WHERE event IN ('frozen', 'thawed'))`;

export const LIST = `
  SELECT seq, body, hash FROM entries
  WHERE seq < @before
    AND (@plan IS NULL OR plan = @plan)
    AND (@target IS NULL OR EXISTS (
      SELECT 1 FROM json_each(body, '$.targets') WHERE instr(json_each.value, @target) > 0))
  ORDER BY seq DESC LIMIT @limit`;

export const INSERT_PLAN = 'INSERT INTO plans (id, body, beside) VALUES (@id, @body, @beside)';

export const PLAN = 'SELECT id, body, beside FROM plans WHERE id = ?';

export const PLANS_WITH = `
  SELECT plan FROM entries
  WHERE event IN (SELECT value FROM json_each(?)) AND plan IS NOT NULL
  GROUP BY plan ORDER BY max(seq) DESC LIMIT ?`;

export const SEEN_LESSONS = `
  SELECT DISTINCT json_extract(lesson.value, '$.id') AS id
  FROM plans, json_each(plans.body, '$.lessons') AS lesson WHERE plans.session = ?`;

/** A `recovered` entry that still says `in_doubt` leaves the plan open, and so does such an `outcome`. */
export const OPEN_PLANS = `
  SELECT intent.plan AS plan FROM entries AS intent
  WHERE intent.event = 'intent' AND NOT EXISTS (
    SELECT 1 FROM entries AS closing
    WHERE closing.plan = intent.plan AND closing.seq > intent.seq AND (
      closing.event = 'not_executed'
      OR (closing.event IN ('outcome', 'recovered')
          AND json_extract(closing.body, '$.data.outcome.state') <> 'in_doubt')))
  ORDER BY intent.seq`;

export const COUNT_CHANGES = `
  SELECT count(*) AS count FROM entries AS intent
  WHERE intent.event = 'intent'
    AND json_extract(intent.body, '$.at') > @since
    AND (@target IS NULL OR EXISTS (
      SELECT 1 FROM json_each(intent.body, '$.targets') WHERE json_each.value = @target))
    AND NOT EXISTS (
      SELECT 1 FROM entries AS off WHERE off.plan = intent.plan AND off.event = 'not_executed')`;

export const LEASE = 'SELECT key, token, plan, owner, beat_ms AS beatMs FROM leases WHERE key = ?';

export const LEASES_OF_PLAN =
  'SELECT key, token, plan, owner, beat_ms AS beatMs FROM leases WHERE plan = ? ORDER BY key';

export const NEXT_TOKEN = 'UPDATE fencing SET last = last + 1 WHERE id = 1 RETURNING last';

export const INSERT_LEASE =
  'INSERT INTO leases (key, token, plan, owner, beat_ms) VALUES (@key, @token, @plan, @owner, @beatMs)';

export const BEAT_LEASES = 'UPDATE leases SET beat_ms = @beatMs WHERE plan = @plan AND owner = @owner';

export const DELETE_TARGET_LEASES = "DELETE FROM leases WHERE plan = ? AND key LIKE 'target:%'";

export const DELETE_LEASES = 'DELETE FROM leases WHERE plan = ?';

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with these files, gone after the test. */
export async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'steward-transfer-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** A lessons file as people keep it beside their infrastructure code. */
export const AI_LESSONS = `# AI Lessons Learned

Read this before every session. Update it after every discovery.

## Kubernetes

### Service selector catches the database (2026-02-13)

**Symptom**: Half of the requests end in 502 as soon as PostgreSQL runs in the namespace.
**Root Cause:** The Service selects only \`app.kubernetes.io/name\`,
which the database pods carry too.
**Fix**: Add \`app.kubernetes.io/component\` to the selector.
**Wrong fix**: Retries in the ingress.

\`\`\`yaml
# Cause: this is a comment in code, not a label
selector: { app.kubernetes.io/name: cardboard }
\`\`\`

### Env vars expand in order

- Problem: The connection string holds a literal $(DB_USER)
- Cause: It refers to a variable that comes later in the list
- Solution: Put DB_USER first

## GitHub Actions / ARC

- ARC labels field replaces the defaults -- always include self-hosted explicitly
- **Wrong API group** (2026-02-22): Symptom: no matches for kind
  - Cause: the manifest says summerwind.net
  - Fix: write summerwind.dev
- A plain remark without anything to do.

## Longhorn

| Lesson | Symptom | Cause | Fix |
|--------|---------|-------|-----|
| Backup credentials | Backups stop after a key rotation | The manager keeps the old key AKIAIOSFODNN7EXAMPLE | Restart the longhorn-manager pods |
`;

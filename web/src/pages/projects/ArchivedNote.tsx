import type { Reply } from '../../api/client.ts';
import { AttentionNote } from '../../ui/ErrorNotice.tsx';
import css from './Projects.module.css';

export function ArchivedNote({ project }: { project: Reply<'GET /projects/:projectId'> | undefined }) {
  if (project?.state !== 'archived') return null;
  return (
    <div className={css.note}>
      <AttentionNote>This project is archived: its access is closed, and it can only be read.</AttentionNote>
    </div>
  );
}

import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type ButtonHTMLAttributes, type Ref, useEffect } from 'react';
import { read } from '../../api/queries.ts';
import { cx } from '../../lib/class-names.ts';
import { IconDown, IconProject } from '../../ui/icons.ts';
import { rememberProject } from './recent-projects.ts';
import css from './TopBar.module.css';

type ProjectButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { ref?: Ref<HTMLButtonElement> };

/** Names the project one is in, and opens the choice of another. */
export function ProjectButton(props: ProjectButtonProps) {
  const { projectId } = useParams({ strict: false });
  const project = useQuery({
    ...read('GET /projects/:projectId', { params: { projectId: projectId ?? '' } }),
    enabled: projectId !== undefined,
  });
  const data = projectId === undefined ? undefined : project.data;
  useEffect(() => {
    if (data) rememberProject({ id: data.id, name: data.name });
  }, [data]);
  return (
    <button type="button" aria-haspopup="listbox" {...props} className={cx(css.item, css.project)}>
      <IconProject aria-hidden="true" />
      <span className={css.name}>{data?.name ?? 'Select Project'}</span>
      <IconDown aria-hidden="true" />
    </button>
  );
}

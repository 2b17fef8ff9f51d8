import { EnvironmentTag } from '../../ui/EnvironmentTag.tsx';
import { IconDatabase, IconLock, IconSchema, IconTable, IconView } from '../../ui/icons.ts';
import { type TabDatabase, tabDatabase } from '../state/editor-tab.ts';
import css from './DatabasePanel.module.css';
import { TreeGroup } from './TreeGroup.tsx';
import { TreeItem } from './TreeItem.tsx';
import type { TreeActions, TreeOpenness } from './tree-actions.ts';
import {
  type EditorDatabase,
  type EditorRelation,
  isGranted,
  isLocked,
  useGrantedTables,
  useRelations,
} from './use-databases.ts';

interface DatabaseNodeProps {
  database: EditorDatabase;
  actions: TreeActions;
  openness: TreeOpenness;
  /** The same database may stand in the tree twice: among the open ones, and in its project. */
  place: string;
  depth: number;
}

/** A database with its schemas and tables, read when it is opened. */
export function DatabaseNode({ database, actions, openness, place, depth }: DatabaseNodeProps) {
  const key = `${place}/${database.id}`;
  const isOpen = openness.isOpen(key);
  const locked = isLocked(database);
  const { environment, instance } = database;
  return (
    <TreeItem
      label={`${database.name}, ${environment.name}, ${instance.title}${locked ? ', locked' : ''}`}
      icon={locked ? <IconLock size={14} aria-hidden="true" /> : <IconDatabase size={14} aria-hidden="true" />}
      name={<span className="mono">{database.name}</span>}
      end={<EnvironmentTag environment={environment} />}
      isOpen={isOpen}
      onToggle={() => openness.toggle(key)}
      onActivate={() => actions.connect(database)}
      onRequest={locked && database.project !== null ? () => actions.request(database) : undefined}
      isCurrent={actions.currentId === database.id && (place === 'open' || !isGranted(database))}
      isLocked={locked}
      depth={depth}
    >
      <Inside {...{ database, actions, openness, depth: depth + 1 }} place={key} />
    </TreeItem>
  );
}

/** Among what is open only the granted tables are listed, however many others there are; its project shows all. */
function Inside(props: DatabaseNodeProps) {
  const { database, actions, place, depth } = props;
  const granted = useGrantedTables(database.id, place.startsWith('open') && database.myAccess.read === 'some');
  if (granted === null) return <Relations {...props} />;
  const own = tabDatabase(database);
  return (
    <TreeGroup>
      {granted.map((table) => (
        <RelationNode key={`${table.schema}.${table.name}`} relation={table} database={own} {...{ actions, depth }} />
      ))}
    </TreeGroup>
  );
}

function Relations({ database, actions, openness, place, depth }: DatabaseNodeProps) {
  const relations = useRelations(database.id, '', true);
  const schemas = [...Map.groupBy(relations.items, ({ schema }) => schema)];
  const isFlat = schemas.length === 1 && (schemas[0]?.[0] === '' || schemas[0]?.[0] === 'public');
  const own = tabDatabase(database);
  const indent = { paddingLeft: 8 + depth * 14 + 20 };
  return (
    <TreeGroup>
      {isFlat
        ? relations.items.map((relation) => (
            <RelationNode key={relation.id} {...{ relation, actions, depth }} database={own} />
          ))
        : schemas.map(([schema, tables]) => (
            <TreeItem
              key={schema}
              label={`${schema}, schema`}
              icon={<IconSchema size={14} aria-hidden="true" />}
              name={<span className="mono">{schema}</span>}
              isOpen={openness.isOpen(`${place}/${schema}`)}
              onToggle={() => openness.toggle(`${place}/${schema}`)}
              depth={depth}
            >
              <TreeGroup>
                {tables.map((relation) => (
                  <RelationNode key={relation.id} {...{ relation, actions }} database={own} depth={depth + 1} />
                ))}
              </TreeGroup>
            </TreeItem>
          ))}
      {relations.isPending && (
        <div role="none" className={css.words} style={indent}>
          Reading the tables
        </div>
      )}
      {relations.error && (
        <div role="none" className={css.words} style={indent}>
          {relations.error.message}
        </div>
      )}
      {relations.isSuccess && relations.items.length === 0 && (
        <div role="none" className={css.words} style={indent}>
          No tables.
        </div>
      )}
      {relations.hasNextPage && (
        <TreeItem
          label="Show more tables"
          icon={null}
          name={<span className={css.more}>Show more</span>}
          onActivate={() => void relations.fetchNextPage()}
          depth={depth}
        />
      )}
    </TreeGroup>
  );
}

interface RelationNodeProps {
  database: TabDatabase;
  relation: Pick<EditorRelation, 'schema' | 'name' | 'kind' | 'canRead'>;
  actions: TreeActions;
  depth: number;
}

/** A table or view. A locked one opens too: what happens then is the request for it. */
export function RelationNode({ database, relation, actions, depth }: RelationNodeProps) {
  const isTable = relation.kind === 'table';
  const Icon = relation.canRead ? (isTable ? IconTable : IconView) : IconLock;
  return (
    <TreeItem
      label={`${relation.name}, ${relation.kind}${relation.canRead ? '' : ', locked'}`}
      icon={<Icon size={14} aria-hidden="true" />}
      name={<span className="mono">{relation.name}</span>}
      end={isTable ? null : <span className={css.kind}>{relation.kind}</span>}
      onActivate={() => actions.showRows(database, relation)}
      isLocked={!relation.canRead}
      depth={depth}
    />
  );
}

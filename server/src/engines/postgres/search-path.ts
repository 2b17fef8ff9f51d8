/** The schemas that a `search_path` names, in order. `$user` is left out: no schema is named like an account of ours. */
export function schemasOf(path: string): readonly string[] {
  const names = path.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g);
  return [...names].flatMap(([, quoted, plain]) => {
    const name = quoted?.replaceAll('""', '"') ?? plain?.toLowerCase() ?? '';
    return name === '' || name === '$user' ? [] : [name];
  });
}

/** The SQL Editor takes the whole width below the top bar. */
export default function EditorPage() {
  return <h1>SQL Editor</h1>;
}

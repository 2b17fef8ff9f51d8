/** A server program is not on this machine. The message carries the command that installs it. */
export class MissingServer extends Error {
  readonly command: string;

  constructor(what: string, command: string) {
    super(`${what} is missing. Install it with: ${command}`);
    this.name = 'MissingServer';
    this.command = command;
  }
}
